/** The public API for the authors of commands. */

export { type RetryExceptions, toDeliveryError } from './delivery/retry-rule.js'
export type { Journal } from './journal/journal.js'
export * from './model/command.js'
export * from './model/errors.js'
export * from './model/hook.js'
export type { Installation } from './model/installation.js'
export type { Invocation, Room, Tenant, User } from './model/invocation.js'
export type { Logger } from './model/logger.js'
export type * from './model/option.js'
export type * from './model/option-values.js'
export type { ReplayToken } from './model/replay-protection.js'
export * from './model/reply.js'
export type { ReplyTarget, Schedule, Schedules } from './model/schedule.js'
export type { KoaContext, KoaMiddleware, Router, RouteStep } from './platforms/koa.js'
export type {
  Accept,
  Ack,
  DecodedRequest,
  Platform,
  PlatformDeps,
  PlatformFactory,
  Registration,
  Verified,
  WebhookRequest,
} from './platforms/platform.js'
export type { Store } from './stores/store.js'
