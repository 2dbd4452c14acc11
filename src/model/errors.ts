/** Parent of every error that this framework throws on purpose. */
export abstract class BotError extends Error {
  /** Stable: tests, logs and callers compare this, never the message. */
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** What was typed does not fit the command. The message is written for the room. */
export class UsageError extends BotError {
  readonly code = 'usage'
}

/** The caller may not do this here. The message is written for the room. */
export class ForbiddenError extends BotError {
  readonly code = 'forbidden'
}

/** A request that is not authenticated: 401 without a reason. The message is for the log. */
export class AuthenticationError extends BotError {
  readonly code = 'unverified'
}

/** A request that cannot be accepted. The message is shown to its sender, with `status`. */
export class HttpError extends BotError {
  readonly code = 'request'
  /** The HTTP status to answer with: 400, 403, 404, 405, 409, 413, 415, 429 or 502. */
  readonly status: number
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The bot cannot take it now: 503 with Retry-After. */
export class UnavailableError extends BotError {
  readonly code = 'unavailable'
  /** Seconds after which asking again makes sense. */
  readonly retryAfter: number
  constructor(message: string, retryAfter: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfter = retryAfter
  }
}

/** How a failed delivery may be tried again. */
export interface RetryAdvice {
  /** False ends it: the room is gone, archived, or refuses us for good. */
  readonly retry: boolean
  /** Milliseconds that the service asked us to wait, where it did. */
  readonly retryAfterMs?: number
  /** True when the service speaks for the whole installation (a rate limit): all its deliveries wait. */
  readonly installationWide?: boolean
  /** True where the installation is gone: its calls end as `uninstalled`. */
  readonly uninstalled?: boolean
}

/** A reply could not be handed over. Speaks to the outbox. */
export class DeliveryError extends BotError {
  readonly code = 'delivery'
  readonly retryAdvice: RetryAdvice
  constructor(message: string, retryAdvice: RetryAdvice, options?: ErrorOptions) {
    super(message, options)
    this.retryAdvice = retryAdvice
  }
}

/** The installation that a reply is for is gone. */
export function uninstalledError(): DeliveryError {
  return new DeliveryError('uninstalled', { retry: false, uninstalled: true })
}

/** Why a call to the outside came to nothing. */
export type NetworkFault = 'address' | 'connect' | 'timeout' | 'reset' | 'too-large' | 'aborted'

/** A call to the outside got no whole answer. `address`: it may not be called at all. */
export class NetworkError extends BotError {
  readonly code = 'network'
  readonly fault: NetworkFault
  constructor(message: string, fault: NetworkFault, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** A connection that the bot opens was lost or refused. The message is for the operator, and holds no secret. */
export class ConnectionError extends BotError {
  readonly code = 'connection'
  /** True where trying soon is no use: a wrong password, a ban. It is named once, and tried again at long intervals. */
  readonly slow: boolean
  constructor(message: string, options: ErrorOptions & { readonly slow?: boolean } = {}) {
    super(message, options)
    this.slow = options.slow ?? false
  }
}

/** A setting or a file of the operator's is wrong. The message is one line that names it. */
export class ConfigError extends BotError {
  readonly code = 'config'
}

/** Whether `error` carries this framework's `code`, wherever its class was loaded from. */
export function isBotError(error: unknown, code: string): error is BotError {
  return error instanceof Error && 'code' in error && error.code === code
}
