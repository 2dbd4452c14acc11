import {
  BotError,
  DeliveryError,
  isBotError,
  NetworkError,
  type NetworkFault,
  type RetryAdvice,
} from '../model/errors.js'
import { dateOf, valuesOf } from '../shared/header-values.js'

/** What is retried, how often and for how long. A test keeps the text in docs/platforms.md in step. */
export const retryRule = {
  /** Statuses worth retrying, besides all from 500 on. */
  statuses: [408, 425, 429] as readonly number[],
  /** Failed calls that are not retried; all others without a complete response are. A response that is too large counts as one. */
  finalFaults: ['address', 'too-large'] as readonly NetworkFault[],
  /** How long one reply is retried: an attempt that fails after that was the last. */
  windowMs: 15 * 60_000,
  /** The limit for the first pause; it doubles with each attempt. */
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  /** The longest wait that a service may ask for, so that a wrong clock cannot stop all delivery. */
  longestWaitMs: 10 * 60_000,
} as const

/** A status, or a service's own error code. */
export type FailureCode = number | string

/** An unsuccessful response. Header names are in lowercase. */
export interface FailedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** How a service differs from the general retry rule, and how it reports errors. */
export interface RetryExceptions<Response extends FailedResponse = FailedResponse> {
  /** The service's name in the log. */
  readonly service: string
  /** Codes to retry that the rule would not. */
  readonly retried?: readonly FailureCode[]
  /** Codes not to retry that the rule would. */
  readonly final?: readonly FailureCode[]
  /** Codes that mean the installation is gone. They are not retried. */
  readonly gone?: readonly FailureCode[]
  /** The service's own codes for a rate limit, like 429. */
  readonly limited?: readonly FailureCode[]
  /** What a status means, as a phrase for the log. */
  readonly meanings?: Readonly<Record<number, string>>
  /** Returns the service's own error code, if the response has one. */
  codeOf?(response: Response): FailureCode | undefined
  /** Returns the milliseconds to wait, if the service says so elsewhere than in `Retry-After`. */
  waitOf?(response: Response): number | undefined
  /** Returns whether a rate limit applies to the whole installation. Default: it does. */
  isWide?(response: Response): boolean
}

/** A service responded with an error. */
export class ResponseError extends DeliveryError {
  /** The service's own code, else the status. */
  readonly reason: FailureCode
  constructor(message: string, retryAdvice: RetryAdvice, reason: FailureCode) {
    super(message, retryAdvice)
    this.reason = reason
  }
}

/** Creates the DeliveryError for an unsuccessful response, with advice on retrying. `message` is for the log. */
export function toDeliveryError<Response extends FailedResponse>(
  response: Response,
  exceptions: RetryExceptions<Response> = { service: 'the service' },
  message?: string,
): ResponseError {
  const { status } = response
  const { service, final, gone, retried, limited, meanings } = exceptions
  const reason = exceptions.codeOf?.(response) ?? status
  const isAmong = (codes: readonly FailureCode[] = []) => codes.includes(status) || codes.includes(reason)
  const isLimit = status === 429 || isAmong(limited)
  const retry = (isLimit || isTransient(status) || isAmong(retried)) && !isAmong(final)
  const wait = retry ? (exceptions.waitOf?.(response) ?? readRetryAfter(response)) : undefined
  const advice = {
    retry,
    ...(wait === undefined ? {} : { retryAfterMs: Math.min(wait, retryRule.longestWaitMs) }),
    ...(isLimit ? { installationWide: exceptions.isWide?.(response) ?? true } : {}),
    ...(isAmong(gone) ? { retry: false, uninstalled: true } : {}),
  }
  const meaning = meanings?.[status] ?? (status === 429 ? ': too many requests' : '')
  const said = `${service} answered ${status}${reason === status ? '' : ` (${reason})`}${meaning}`
  return new ResponseError(message ?? said, advice, reason)
}

/** Whether a later attempt may get another response. */
export function isTransient(status: number): boolean {
  return status >= 500 || retryRule.statuses.includes(status)
}

/**
 * Milliseconds that `Retry-After` asks for; a date is compared with the service's own `Date`. If there are several values,
 * for example from a proxy, the longest.
 */
export function readRetryAfter({ headers }: Pick<FailedResponse, 'headers'>): number | undefined {
  const now = dateOf(headers)
  const waits = valuesOf(headers['retry-after']).map((value) => readWait(value, now))
  const told = waits.filter((ms) => !Number.isNaN(ms))
  return told.length > 0 ? boundWait(Math.max(...told)) : undefined
}

/** Seconds, or a date. */
function readWait(value: string, now: number): number {
  return /^[\d.]+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
}

/** A wait of at least one second, and never more than the rule allows. */
export function boundWait(ms: number): number {
  return Math.min(Math.max(ms, 1_000), retryRule.longestWaitMs)
}

/**
 * Converts an error of a platform's `deliver`. An unreachable service or store is retried; anything else that is not
 * one of our errors is a bug, and retrying would not help.
 */
export function asDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  const retry =
    error instanceof NetworkError ? !retryRule.finalFaults.includes(error.fault) : isBotError(error, 'unavailable')
  const said = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown fault'
  return new DeliveryError(error instanceof BotError ? error.message : said, { retry }, { cause: error })
}

/** Whether a call failed for a reason outside the bot. */
export function isFailedCall(error: unknown): error is DeliveryError | NetworkError {
  return error instanceof DeliveryError || error instanceof NetworkError
}

/** Whether a call failed to connect: then nothing was sent, and another route may be tried immediately. */
export function isConnectFailure(error: unknown): boolean {
  return error instanceof NetworkError && error.fault === 'connect'
}

/** The service's own code for a failed call, else the status; undefined if there was no response. */
export function reasonOf(error: unknown): FailureCode | undefined {
  return error instanceof ResponseError ? error.reason : undefined
}

/**
 * The pause in milliseconds after a failed attempt, never shorter than the service asked for; undefined after the last.
 * `attempt`: how many failed before; `elapsedMs`: how long ago the first one began.
 */
export function nextPauseMs(
  { retry, retryAfterMs = 0 }: RetryAdvice,
  attempt: number,
  elapsedMs: number,
  { windowMs = retryRule.windowMs, random = Math.random }: { windowMs?: number; random?: () => number } = {},
): number | undefined {
  if (!retry || elapsedMs > windowMs) return undefined
  // Full jitter under a doubling limit, so that simultaneous failures do not retry simultaneously.
  const jitter = random() * Math.min(retryRule.longestPauseMs, retryRule.firstPauseMs * 2 ** Math.min(attempt, 16))
  return Math.max(1, retryAfterMs > 0 ? retryAfterMs + jitter / 4 : jitter)
}
