/** Base class of every error that Slashroom throws deliberately. */
export abstract class BotError extends Error {
  /** A stable identifier to compare in code and tests; messages can change. */
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** The command was used incorrectly. The caller is shown the message and the command's usage. */
export class UsageError extends BotError {
  readonly code = 'usage'
}

/** The caller isn't allowed to do this here. The caller is shown the message. */
export class ForbiddenError extends BotError {
  readonly code = 'forbidden'
}

/** A request isn't authenticated. It is answered with 401 and no reason; the message is only logged. */
export class AuthenticationError extends BotError {
  readonly code = 'unverified'
}

/** A request can't be accepted. It is answered with `status` and the message. */
export class HttpError extends BotError {
  readonly code = 'request'
  /** The HTTP status to answer with: 400, 403, 404, 405, 409, 413, 415, 429 or 502. */
  readonly status: number
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The bot can't accept a request right now. It is answered with 503 and `Retry-After`. */
export class UnavailableError extends BotError {
  readonly code = 'unavailable'
  /** Seconds to wait before trying again. */
  readonly retryAfter: number
  constructor(message: string, retryAfter: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfter = retryAfter
  }
}

/** Whether and when to retry a failed delivery. */
export interface RetryAdvice {
  /** False if a retry can't succeed, because the room is gone or archived or refuses the bot permanently. */
  readonly retry: boolean
  /** Milliseconds to wait, if the service said so. */
  readonly retryAfterMs?: number
  /** True if it applies to the whole installation, like a rate limit: all of its deliveries wait. */
  readonly installationWide?: boolean
  /** True if the bot has been uninstalled: the installation's calls end as `uninstalled`. */
  readonly uninstalled?: boolean
}

/** A reply could not be delivered. `retryAdvice` says what happens next. */
export class DeliveryError extends BotError {
  readonly code = 'delivery'
  readonly retryAdvice: RetryAdvice
  constructor(message: string, retryAdvice: RetryAdvice, options?: ErrorOptions) {
    super(message, options)
    this.retryAdvice = retryAdvice
  }
}

/** Creates the error for a reply whose installation has been removed. */
export function uninstalledError(): DeliveryError {
  return new DeliveryError('uninstalled', { retry: false, uninstalled: true })
}

/** Why an outgoing HTTP request failed. */
export type NetworkFault = 'address' | 'connect' | 'timeout' | 'reset' | 'too-large' | 'aborted'

/** An outgoing HTTP request got no complete response. `fault` is `address` if the address isn't allowed to be called. */
export class NetworkError extends BotError {
  readonly code = 'network'
  readonly fault: NetworkFault
  constructor(message: string, fault: NetworkFault, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** A connection opened by the bot was lost or refused. The message is for the operator, and contains no secrets. */
export class ConnectionError extends BotError {
  readonly code = 'connection'
  /** True if retrying soon is pointless, as after a wrong password or a ban. It is logged once and retried at long intervals. */
  readonly slow: boolean
  constructor(message: string, options: ErrorOptions & { readonly slow?: boolean } = {}) {
    super(message, options)
    this.slow = options.slow ?? false
  }
}

/** A setting or a file is invalid. The message is one line that names it. */
export class ConfigError extends BotError {
  readonly code = 'config'
}

/** Returns whether `error` is a Slashroom error with this `code`. Works even if the package is loaded more than once. */
export function isBotError(error: unknown, code: string): error is BotError {
  return error instanceof Error && 'code' in error && error.code === code
}
