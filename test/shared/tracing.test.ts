import { type Span, type Tracer, trace } from '@opentelemetry/api'
import { afterAll, describe, expect, it } from 'vitest'
import { inSpan } from '../../src/shared/tracing.js'

describe('a span', () => {
  afterAll(() => trace.disable())

  it('is not in the way where nobody set up an SDK', async () => {
    expect(await inSpan('x', {}, async () => 7)).toBe(7)
    await expect(inSpan('x', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  it('carries its facts to the SDK that is set up, and never what somebody typed', async () => {
    const seen: unknown[] = []
    const span = {
      setStatus: (status: unknown) => void seen.push(status),
      end: () => void seen.push('end'),
    } as unknown as Span
    const tracer = {
      startActiveSpan(name: string, options: object, work: (span: Span) => unknown) {
        seen.push([name, options])
        return work(span)
      },
    } as unknown as Tracer
    trace.setGlobalTracerProvider({ getTracer: () => tracer })
    await inSpan('call', { id: 'i1' }, () => Promise.reject(new TypeError('my password'))).catch(() => undefined)
    expect(seen).toEqual([['call', { attributes: { id: 'i1' } }], { code: 2, message: 'TypeError' }, 'end'])
  })
})
