import { type BootstrapOptions, bootstrap } from './bootstrap.js'
import { type Config, queueBounds } from './config.js'
import { type Connections, createConnections } from './connections/connections.js'
import { createOutbox } from './delivery/outbox.js'
import type { ShareLimits } from './journal/fair-shares.js'
import type { Recovery } from './journal/journal.js'
import { createWorkQueue } from './journal/work-queue.js'
import type { CommandDirectory } from './loader/command-directory.js'
import type { ReloadReport } from './loader/load-report.js'
import { UnavailableError } from './model/errors.js'
import type { Logger } from './model/logger.js'
import { createNotifierRuntime, type NotifierRuntime } from './notify/bootstrap.js'
import type { HookDirectory } from './notify/hooks/hook-directory.js'
import type { Broadcast } from './notify/notify-command.js'
import { acceptInvocation } from './pipeline/accept.js'
import { createProcessor } from './pipeline/process-invocation.js'
import { runsAgain } from './pipeline/recover.js'
import type { Platform } from './platforms/platform.js'
import { registerCommands } from './platforms/register-commands.js'
import { createCommandNamer } from './registry/registry.js'
import { createScheduler } from './scheduler/scheduler.js'
import { createAckPriority } from './server/ack-priority.js'
import type { AppDeps } from './server/app.js'
import type { Health, NotConnected } from './server/health.js'
import { createMetrics, type Metrics } from './server/metrics.js'
import { createRateLimitedWarn } from './server/rate-limited-log.js'
import { type Successor, watchSuccessor } from './server/successor-watch.js'
import { systemClock } from './shared/clock.js'
import { ownOnly } from './shared/own-properties.js'

/** The parts of a running bot, put together. */
export interface Runtime {
  readonly baseUrl: string
  /** What the server needs. */
  readonly served: Omit<AppDeps, 'log' | 'home'>
  /** Begins to work, with what an earlier process left: only once requests are taken, since a call may end the process. */
  work(): void
  reload(files?: readonly string[]): Promise<ReloadReport>
  /**
   * Starts nothing more; resolves when what runs has ended, or after `graceMs`. What comes is written down until `close`
   * where another process takes it up, else refused.
   */
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}

interface RuntimeOptions extends BootstrapOptions {
  readonly notReady?: Health['notReady']
}

/** Puts a bot's parts together, and queues what an earlier process left. Throws ConfigError. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, log } = options
  const stopping = new AbortController()
  let metrics: Metrics | undefined
  const onTokenFetched = (platform: string) => metrics?.tokenFetched(platform)
  let notifications: NotifierRuntime | undefined
  let states: Connections['states'] = () => []
  const broadcast: Broadcast = (...asked) => {
    if (!notifications) throw new UnavailableError('The bot is starting.', 1)
    return notifications.broadcast(...asked)
  }
  const opened = await bootstrap({ ...options, onTokenFetched, broadcast })
  const { baseUrl, storage, registry, policy, commands, hooks, subscriptions, tokens, close, platforms: own } = opened
  const { store, journal } = storage
  const queue = createWorkQueue({
    log,
    ...queueBounds,
    runsAgain: (entry) => runsAgain(entry, registry),
    shares: shareLimits(config),
    commandOf: createCommandNamer(registry),
  })
  metrics = createMetrics(queue, () =>
    Object.fromEntries(states().map(({ platform, state }) => [platform, state === 'connected' ? 1 : 0])),
  )
  const outbox = createOutbox({ log, onAttempt: metrics.attempt })
  const ackPriority = createAckPriority()
  const connections = createConnections({
    platforms: own,
    store,
    log,
    journal,
    queue,
    ackPriority,
    answerInAckMs: config.answerInAckMs,
    onAccepted: metrics.accepted,
    onEvent: metrics.connection,
  })
  states = connections.states
  const platforms = own.map(connections.shared)
  const scheduler = createScheduler({
    registry,
    store,
    subscriptions,
    platforms: () => platforms,
    log,
    clock: systemClock,
  })
  const process = createProcessor({
    registry,
    policy,
    store,
    log,
    later: scheduler.later,
    middleware: commands.middleware,
    platforms,
    outbox,
    signal: stopping.signal,
    ackPriority,
    onEnded: metrics.ended,
  })
  notifications = createNotifierRuntime({
    store,
    journal,
    platforms,
    tokens,
    rates: opened.rates,
    outbox,
    log,
    auditDays: config.auditDays,
    hooks,
    env: ownOnly(options.env),
    warn: createRateLimitedWarn(log),
    signal: stopping.signal,
    onEnded: metrics.notified,
  })
  const health = {
    probe: storage.probe,
    // Help and the like are always there, and of no use alone.
    commands: () => registry.list().filter(({ builtIn }) => !builtIn).length,
    notConnected: () => listNotConnected(states(), platforms),
    notReady: options.notReady,
    hasSenders: async () => hooks.list().length > 0 || (await tokens.list()).length > 0,
    draining: false,
  }
  let successor: Successor | undefined
  await journal.recover(eitherQueue(queue, notifications.queue))
  // Nobody is there to be told: what is over its share is asked for again.
  void scheduler.start((invocation) => acceptInvocation(invocation, { journal, queue, whenOver: 'retry' }))
  if (config.register === 'auto') void tellAll(platforms, log)

  return {
    baseUrl,
    served: {
      platforms,
      journal,
      queue,
      metrics,
      ackPriority,
      answerInAckMs: config.answerInAckMs,
      notifications,
      baseUrl,
      health,
    },
    work() {
      queue.start(process)
      notifications.start()
      connections.start()
    },
    reload: (files) => reloadAll(commands, hooks, files),
    async drain(graceMs) {
      health.draining = true
      scheduler.stop()
      // Commands hear of the end in time to say something themselves.
      const warning = setTimeout(() => stopping.abort(), graceMs * 0.8)
      journal.drain()
      const began = performance.now()
      const left = connections.stopTaking()
      successor = await watchSuccessor(journal)
      if (successor.exists()) await connections.stop() // those who come after deliver what is left
      const leftMs = Math.max(graceMs - (performance.now() - began), 0)
      const stopped = [queue, notifications.queue].map((one) => one.stop(leftMs, successor?.exists))
      outbox.stop()
      await Promise.all(stopped)
      await Promise.all([left, connections.stop()])
      clearTimeout(warning)
    },
    async close() {
      successor?.close()
      stopping.abort()
      ackPriority.close()
      await journal.close()
      await close()
    },
  }
}

function listNotConnected(
  states: ReturnType<Connections['states']>,
  platforms: readonly Platform[],
): readonly NotConnected[] {
  const down = states.filter(({ state }) => state === 'down')
  const hasWebhooks = (name: string) => platforms.some((one) => one.name === name && one.webhooks.length > 0)
  return down.map(({ platform }) => ({ platform, hasWebhooks: hasWebhooks(platform) }))
}

async function reloadAll(
  commands: CommandDirectory,
  hooks: HookDirectory,
  files?: readonly string[],
): Promise<ReloadReport> {
  const [ofCommands, ofHooks] = [await commands.reload(files), await hooks.reload(files)]
  return { ...ofCommands, hooks: ofHooks.hooks, broken: [...ofCommands.broken, ...ofHooks.broken] }
}

/** What earlier processes left goes to the queue that it would have been in then. */
function eitherQueue(calls: Recovery, notifications: Recovery): Recovery {
  return {
    take: (entry) => (entry.invocation.notification ? notifications : calls).take(entry),
    capacity: () => Math.min(calls.capacity(), notifications.capacity()),
  }
}

function shareLimits(config: Config): ShareLimits {
  return {
    running: {
      person: config.maxRunningPerPerson,
      command: config.maxRunningPerCommand,
      tenant: config.maxRunningPerTenant,
    },
    waiting: { person: config.maxWaitingPerPerson, tenant: config.maxWaitingPerTenant },
  }
}

/** Registers with all platforms, and logs what came of it. */
async function tellAll(platforms: readonly Platform[], log: Logger): Promise<void> {
  for (const one of await registerCommands(platforms, { apply: true })) {
    if ('failed' in one) log.error({ platform: one.platform, reason: one.failed }, 'commands not registered')
    else {
      const { document: _, file: __, ...facts } = one.registration
      log.info({ platform: one.platform, ...facts }, 'commands registered')
    }
  }
}
