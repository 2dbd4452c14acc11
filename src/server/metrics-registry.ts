/**
 * Figures that are counted in maps, and read where somebody wants to see them: to load prom-client takes 37 ms of the
 * processor (`require` alone, median of 15 processes), which is left until then.
 */
export interface MetricsRegistry {
  /** Counts one more of what `values` tell apart, in the order of `labels`. */
  counter(name: string, help: string, labels: readonly string[]): (...values: readonly string[]) => void
  /** Notes how long one took. */
  histogram(name: string, help: string, labels: readonly string[]): (ms: number, ...values: readonly string[]) => void
  /** Shows what `read` says whenever somebody looks, by the one label. */
  gauge(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void
  /** All that there are, as they stand. */
  readonly figures: readonly Metric[]
}

/** One figure: its rows are read anew each time. */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly help: string
  rows(): readonly Row[]
}

interface Row {
  /** What follows the figure's name. */
  readonly suffix?: string
  readonly labels: Labels
  readonly value: number
}

/** Creates a registry; times are shown in seconds, by `buckets` of seconds. */
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

/** How many fell between each two bounds, the last beyond all, and milliseconds altogether. */
interface Histogram {
  readonly counts: number[]
  sum: number
}

/** Each bucket holds those below it too. https://prometheus.io/docs/concepts/metric_types/#histogram */
function showSpread(labels: Labels, buckets: readonly number[], { counts, sum }: Histogram): readonly Row[] {
  let below = 0
  const rows = counts.map((count, at) => {
    below += count
    return { suffix: '_bucket', labels: { ...labels, le: String(buckets[at] ?? '+Inf') }, value: below }
  })
  return [...rows, { suffix: '_sum', labels, value: sum / 1_000 }, { suffix: '_count', labels, value: below }]
}

type Labels = Readonly<Record<string, string>>

/** Stands in no name of a platform, a command or an outcome. */
const separator = '\u0000'

function toLabels(names: readonly string[], key: string): Labels {
  const values = key.split(separator)
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
}
