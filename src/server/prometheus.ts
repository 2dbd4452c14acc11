import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Metric } from './metrics-registry.js'

/**
 * A registry that shows figures beside the process's own, in the Prometheus text format. It is told when it is asked:
 * prom-client's own look-up costs more than what is counted.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function createExposition(figures: readonly Metric[]): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  expose(figures, registry)
  return registry
}

/** Puts figures into a registry. */
export function expose(figures: readonly Metric[], registry: Registry): void {
  for (const figure of figures) {
    const { name, help } = figure
    const shared = { name, help, labelNames: [...figure.labels], registers: [registry] }
    if (figure.kind === 'counter') {
      new Counter({
        ...shared,
        collect() {
          this.reset()
          for (const { labels, value } of figure.rows()) this.inc(labels, value)
        },
      })
    } else if (figure.kind === 'gauge') {
      new Gauge({
        ...shared,
        collect() {
          for (const { labels, value } of figure.rows()) this.set(labels, value)
        },
      })
    } else {
      // What `get` and the registry ask for.
      const getForPromString = async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: figure.rows() })
      Object.assign(new Histogram(shared), { getForPromString })
    }
  }
}
