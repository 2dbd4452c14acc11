import type { Attributes } from '@opentelemetry/api'

/** A span that work can add attributes to. */
export interface SpanLike {
  setAttribute(name: string, value: string): unknown
}

/**
 * Runs `work` in an OpenTelemetry span, or without one if no SDK is set up.
 * https://opentelemetry.io/docs/specs/otel/trace/api/
 */
export async function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: (span: SpanLike) => Promise<Result>,
): Promise<Result> {
  if (!(setUp in globalThis)) return await work(unseen)
  api ??= await import('@opentelemetry/api') // a hundred files that most bots do not use
  const { SpanStatusCode, trace } = api
  return await trace.getTracer('slashroom').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      // Only the class: a message may contain user input.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' })
      throw error
    } finally {
      span.end()
    }
  })
}

let api: typeof import('@opentelemetry/api') | undefined

/** The key under which all copies of the API of one major version find the SDK. */
const setUp = Symbol.for('opentelemetry.js.api.1')

const unseen: SpanLike = { setAttribute: () => undefined }
