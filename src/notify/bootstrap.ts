import type { Outbox } from '../delivery/outbox.js'
import type { Journal } from '../journal/journal.js'
import type { LogFields, Logger } from '../model/logger.js'
import type { Outcome } from '../model/reply.js'
import type { Platform } from '../platforms/platform.js'
import type { Store } from '../stores/store.js'
import { type Aliases, createAliases } from './aliases.js'
import { createBroadcast } from './broadcast.js'
import { createNotificationDelivery } from './deliver-notification.js'
import type { Endpoint, Notifier } from './endpoint.js'
import { createFairSlots } from './fair-slots.js'
import { createFanOut } from './fan-out.js'
import { hipchatV1 } from './formats/hipchat-v1.js'
import { hipchatV2 } from './formats/hipchat-v2.js'
import { plainFormat } from './formats/plain.js'
import { slackFormat } from './formats/slack.js'
import type { HookDirectory } from './hooks/hook-directory.js'
import { createHookEndpoint } from './hooks/hook-endpoint.js'
import { createNotificationQueue, type NotificationQueue } from './notification-queue.js'
import { createNotifier } from './notifier.js'
import type { Broadcast } from './notify-command.js'
import type { RateLimiter } from './rate-limit.js'
import { createReceipts } from './receipts.js'
import { createRoomDirectory } from './room-directory.js'
import type { Tokens } from './tokens.js'

/** The notifier of a bot. */
export interface NotifierRuntime {
  readonly notifier: Notifier
  readonly endpoints: readonly Endpoint[]
  readonly queue: NotificationQueue
  readonly aliases: Aliases
  readonly broadcast: Broadcast
  /** Starts delivering. */
  start(): void
}

/** What the notifier needs. */
export interface NotifierRuntimeDeps {
  readonly store: Store
  readonly journal: Journal
  readonly platforms: readonly Platform[]
  readonly tokens: Tokens
  readonly rates: RateLimiter
  readonly outbox: Outbox
  readonly log: Logger
  readonly auditDays: number
  readonly hooks: Pick<HookDirectory, 'find'>
  /** The environment with the secrets for hooks. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Logs why deliveries to hooks are not verified; rate-limited, because strangers can cause it. */
  readonly warn: (facts: LogFields, message: string) => void
  /** Aborted when the bot stops. */
  readonly signal: AbortSignal
  readonly onEnded?: (sender: string, outcome: Outcome) => void
}

/** Creates the notifier; nothing is delivered before `start`. */
export function createNotifierRuntime(deps: NotifierRuntimeDeps): NotifierRuntime {
  const { store, journal, platforms, tokens, rates, log, signal } = deps
  const aliases = createAliases(store)
  const directory = createRoomDirectory({ platforms: () => platforms, aliases, log })
  const queue = createNotificationQueue({ log })
  const notifier = createNotifier({
    tokens,
    rates,
    directory,
    receipts: createReceipts(deps),
    journal,
    queue,
    store,
  })
  return {
    notifier,
    endpoints: [
      ...hipchatV2,
      ...hipchatV1,
      ...slackFormat,
      ...plainFormat,
      createHookEndpoint({ ...deps, directory: deps.hooks }),
    ],
    queue,
    aliases,
    broadcast: createBroadcast({ notifier, directory }),
    start() {
      queue.start({
        deliver: createNotificationDelivery({ ...deps, slots: createFairSlots(atOnce) }),
        fanOut: createFanOut({ journal, queue, directory, signal }),
      })
    },
  }
}

/** Concurrent posts to platforms: enough to keep them busy, few enough to leave capacity for commands. */
const atOnce = 32
