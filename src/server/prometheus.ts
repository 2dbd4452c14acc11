import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Metric } from './metrics-registry.js'

/** The response of `GET /metrics`. */
export interface Exposition {
  readonly contentType: string
  text(): Promise<string>
}

/** Formats metrics, followed by the process's own, in the Prometheus text format. */
export function createExposition(figures: readonly Metric[]): Exposition {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const text = async () => `${figures.map(metricText).join('\n')}\n${await registry.metrics()}`
  return { contentType: registry.contentType, text }
}

/** One metric in the text format. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metricText({ name, help, kind, rows }: Metric): string {
  const lines = rows().map(({ suffix = '', labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
    return `${name}${suffix}{${pairs}} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
}
