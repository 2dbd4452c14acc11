import { type BootstrapOptions, bootstrap } from './bootstrap.js'
import { type Config, queueBounds } from './config.js'
import { createOutbox } from './delivery/outbox.js'
import type { ShareLimits } from './journal/fair-shares.js'
import { createWorkQueue } from './journal/work-queue.js'
import type { LoadReport } from './loader/command-directory.js'
import type { Logger } from './model/logger.js'
import { createProcessor } from './pipeline/process-invocation.js'
import { runsAgain } from './pipeline/recover.js'
import type { Platform } from './platforms/platform.js'
import { registerCommands } from './platforms/register-commands.js'
import { createCommandNamer } from './registry/registry.js'
import { createScheduler } from './scheduler/scheduler.js'
import { createAckPriority } from './server/ack-priority.js'
import type { AppDeps } from './server/app.js'
import { createMetrics, type Metrics } from './server/metrics.js'
import { type Successor, watchSuccessor } from './server/successor-watch.js'
import { accept } from './server/webhook.js'
import { systemClock } from './shared/clock.js'

/** The parts of a running bot, put together. */
export interface Runtime {
  readonly baseUrl: string
  /** What the server needs. */
  readonly served: Omit<AppDeps, 'log' | 'home'>
  /** Begins to work, with what an earlier process left: only once requests are taken, since a call may end the process. */
  work(): void
  reload(files?: readonly string[]): Promise<LoadReport>
  /**
   * Starts nothing more; resolves when what runs has ended, or after `graceMs`. What comes is written down until `close`
   * where another process takes it up, else refused.
   */
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}

/** Puts a bot's parts together, and queues what an earlier process left. Throws ConfigError. */
export async function createRuntime(options: BootstrapOptions): Promise<Runtime> {
  const { config, log } = options
  const stopping = new AbortController()
  let metrics: Metrics | undefined
  const onTokenFetched = (platform: string) => metrics?.tokenFetched(platform)
  const { baseUrl, storage, registry, policy, commands, platforms, subscriptions, close } = await bootstrap({
    ...options,
    onTokenFetched,
  })
  const { store, journal } = storage
  const queue = createWorkQueue({
    log,
    ...queueBounds,
    runsAgain: (entry) => runsAgain(entry, registry),
    shares: shareLimits(config),
    commandOf: createCommandNamer(registry),
  })
  metrics = createMetrics(queue)
  const outbox = createOutbox({ log, onAttempt: metrics.attempt })
  const ackPriority = createAckPriority()
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
  const health = {
    probe: storage.probe,
    // Help and the like are always there, and of no use alone.
    commands: () => registry.list().filter(({ builtIn }) => !builtIn).length,
    draining: false,
  }
  let successor: Successor | undefined
  await journal.recover(queue)
  // Nobody is there to be told: what is over its share is asked for again.
  void scheduler.start((invocation) => accept(invocation, { journal, queue, whenOver: 'retry' }))
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
      health,
    },
    work: () => queue.start(process),
    reload: (files) => commands.reload(files),
    async drain(graceMs) {
      health.draining = true
      scheduler.stop()
      // Commands hear of the end in time to say something themselves.
      const warning = setTimeout(() => stopping.abort(), graceMs * 0.8)
      journal.drain()
      const began = performance.now()
      successor = await watchSuccessor(journal)
      const stopped = queue.stop(Math.max(graceMs - (performance.now() - began), 0), successor.exists)
      outbox.stop()
      await stopped
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
      const { document: _, ...facts } = one.registration
      log.info({ platform: one.platform, ...facts }, 'commands registered')
    }
  }
}
