/**
 * Metrics counted in maps and formatted on request, because loading prom-client takes a sixth of the processor time that
 * Node.js itself takes to start.
 */
export interface MetricsRegistry {
  /** Counts one for these label values, in the order of `labels`. */
  counter(name: string, help: string, labels: readonly string[]): (...values: readonly string[]) => void
  /** Records a duration. */
  histogram(name: string, help: string, labels: readonly string[]): (ms: number, ...values: readonly string[]) => void
  /** Shows the values that `read` returns, by one label. */
  gauge(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void
  /** All metrics with their current values. */
  readonly figures: readonly Metric[]
}

/** One metric; `rows` are computed on each read. */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly help: string
  rows(): readonly Row[]
}

interface Row {
  /** Appended to the metric's name. */
  readonly suffix?: string
  readonly labels: Labels
  readonly value: number
}

/** Creates a registry; durations are shown in seconds, in `buckets` of seconds. */
export function createMetricsRegistry(buckets: readonly number[]): MetricsRegistry {
  const bounds = buckets.map((seconds) => seconds * 1_000)
  const figures: Metric[] = []

  return {
    figures,
    counter(name, help, labels) {
      const counts = new Map<string, number>()
      const rows = () => [...counts].map(([key, value]) => ({ labels: toLabels(labels, key), value }))
      figures.push({ kind: 'counter', name, help, rows })
      return (...values) => {
        const key = values.join(separator)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    },
    histogram(name, help, labels) {
      const spreads = new Map<string, Histogram>()
      const rows = () => [...spreads].flatMap(([key, spread]) => showSpread(toLabels(labels, key), buckets, spread))
      figures.push({ kind: 'histogram', name, help, rows })
      return (ms, ...values) => {
        const key = values.join(separator)
        const spread = spreads.get(key) ?? { counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
        if (spread.sum === 0) spreads.set(key, spread)
        const at = bounds.findIndex((bound) => ms <= bound)
        const slot = at < 0 ? bounds.length : at
        spread.counts[slot] = (spread.counts[slot] ?? 0) + 1
        spread.sum += ms
      }
    },
    gauge(name, help, label, read) {
      const rows = () => Object.entries(read()).map(([key, value]) => ({ labels: { [label]: key }, value }))
      figures.push({ kind: 'gauge', name, help, rows })
    },
  }
}

/** Counts between each two bounds, the last one beyond all of them, and the total milliseconds. */
interface Histogram {
  readonly counts: number[]
  sum: number
}

/** Each bucket includes the ones below it. https://prometheus.io/docs/concepts/metric_types/#histogram */
function showSpread(labels: Labels, buckets: readonly number[], { counts, sum }: Histogram): readonly Row[] {
  let below = 0
  const rows = counts.map((count, at) => {
    below += count
    return { suffix: '_bucket', labels: { ...labels, le: String(buckets[at] ?? '+Inf') }, value: below }
  })
  return [...rows, { suffix: '_sum', labels, value: sum / 1_000 }, { suffix: '_count', labels, value: below }]
}

type Labels = Readonly<Record<string, string>>

/** A character that occurs in no name of a platform, command or outcome. */
const separator = '\u0000'

function toLabels(names: readonly string[], key: string): Labels {
  const values = key.split(separator)
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
}
