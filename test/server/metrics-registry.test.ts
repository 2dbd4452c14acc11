import { Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createMetricsRegistry } from '../../src/server/metrics-registry.js'
import { metricText } from '../../src/server/prometheus.js'

describe('figures', () => {
  it('shows times as prom-client itself would', async () => {
    const theirs = new Registry()
    const buckets = [0.001, 0.05, 1]
    const { histogram, figures } = createMetricsRegistry(buckets)
    const observe = histogram('x_seconds', 'How long.', ['platform', 'command'])
    const labelNames = ['platform', 'command']
    const expected = new Histogram({ name: 'x_seconds', help: 'How long.', labelNames, buckets, registers: [theirs] })
    for (const [ms, platform, command] of [
      [0, 'slack', 'roll'],
      [1, 'slack', 'roll'],
      [49.5, 'slack', 'roll'],
      [1_000, 'slack', 'deploy status'],
      [90_000, 'hipchat', 'say "x"\\'],
    ] as const) {
      observe(ms, platform, command)
      expected.observe({ platform, command }, ms / 1_000)
    }
    const ours = figures.map(metricText).join('')
    expect(sorted(ours)).toEqual(sorted(await theirs.metrics()))
    expect(ours).toContain('x_seconds_count{platform="slack",command="roll"} 3')
  })

  it('counts what its labels tell apart', () => {
    const { counter, figures } = createMetricsRegistry([])
    const count = counter('x_total', 'How many.', ['platform'])
    for (const platform of ['slack', 'slack', 'hipchat']) count(platform)
    expect(figures.map(metricText)).toEqual([
      '# HELP x_total How many.\n# TYPE x_total counter\nx_total{platform="slack"} 2\nx_total{platform="hipchat"} 1\n',
    ])
  })
})

/** The order of labels and lines has no meaning. */
function sorted(text: string): readonly string[] {
  const ordered = (labels: string) =>
    labels
      .split(/,(?=\w+=")/)
      .sort()
      .join()
  return text
    .split('\n')
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${ordered(labels)}}`))
    .sort()
}
