import type { Attributes } from '@opentelemetry/api'

/** What work can add to its span. */
export interface SpanLike {
  setAttribute(name: string, value: string): unknown
}

/**
 * Does `work` within an OpenTelemetry span; if no SDK is set up, it just does it.
 * https://opentelemetry.io/docs/specs/otel/trace/api/
 */
export async function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: (span: SpanLike) => Promise<Result>,
): Promise<Result> {
  if (!(setUp in globalThis)) return await work(unseen)
  api ??= await import('@opentelemetry/api') // a hundred files, which most bots do not use
  const { SpanStatusCode, trace } = api
  return await trace.getTracer('slashroom').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      // Its class alone: a message may contain user input.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' })
      throw error
    } finally {
      span.end()
    }
  })
}

let api: typeof import('@opentelemetry/api') | undefined

/** Under this every copy of the API, of the same major version, finds what an SDK set up. */
const setUp = Symbol.for('opentelemetry.js.api.1')

const unseen: SpanLike = { setAttribute: () => undefined }
