import { setTimeout as sleep } from 'node:timers/promises'
import { asDeliveryError, nextPauseMs } from '../../delivery/retry-rule.js'
import { DeliveryError, NetworkError } from '../../model/errors.js'
import { formatDuration } from '../../parsing/duration.js'
import { codeOf } from '../../shared/error-details.js'

/** How long one post is retried, and who is told. */
export interface RetryOptions {
  readonly windowMs: number
  readonly signal: AbortSignal | undefined
  readonly onRetry: (reason: string, pauseMs: number) => void
}

/** Calls `post` until it resolves, by the retry rule. Throws DeliveryError if it never will, or not in time. */
export async function postWithRetry<Result>(
  post: () => Promise<Result>,
  { windowMs, signal, onRetry }: RetryOptions,
): Promise<Result> {
  const started = performance.now()
  for (let attempt = 0; ; attempt++) {
    try {
      return await post()
    } catch (error) {
      signal?.throwIfAborted()
      const failure = toFailure(error)
      const elapsed = performance.now() - started
      const pauseMs = nextPauseMs(failure.retryAdvice, attempt, elapsed, { windowMs })
      const left = windowMs - elapsed
      if (pauseMs === undefined || (failure.retryAdvice.retryAfterMs ?? 0) > left)
        throw endOf(failure, attempt + 1, elapsed)
      const inTime = Math.min(pauseMs, left + 1) // the attempt at the end of the window is the last
      onRetry(failure.message, inTime)
      await sleep(inTime, undefined, signal ? { signal } : {})
    }
  }
}

/** Retrying fixes no certificate and no port without TLS. */
function toFailure(error: unknown): DeliveryError {
  const failure = asDeliveryError(error)
  const code = error instanceof NetworkError && error.fault === 'connect' ? codeOf(error.cause) : ''
  if (code === '') return failure
  const retry = failure.retryAdvice.retry && !/CERT|SELF_SIGNED|UNABLE_TO|ERR_SSL|ERR_TLS/.test(code)
  return new DeliveryError(`${failure.message} (${code})`, { ...failure.retryAdvice, retry }, { cause: error })
}

function endOf(failure: DeliveryError, tries: number, elapsed: number): DeliveryError {
  const { retry, retryAfterMs } = failure.retryAdvice
  if (!retry) return failure
  const asks = retryAfterMs === undefined ? '' : `; it asks to wait ${formatDuration(retryAfterMs)}`
  const after = tries === 1 ? 'one try' : `${tries} tries in ${formatDuration(Math.ceil(elapsed / 1_000) * 1_000)}`
  return new DeliveryError(`${failure.message}${asks}; given up after ${after}`, { retry: false }, { cause: failure })
}
