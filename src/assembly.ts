import type { Config } from './config.js'
import { createOutbox } from './delivery/outbox.js'
import { createCommands, type LoadReport } from './dispatch/commands.js'
import { createDispatch, findCommand } from './dispatch/dispatch.js'
import { openKeeping } from './keeping.js'
import type { Log } from './model/log.js'
import { findTunnel } from './net/ngrok.js'
import { createRequest } from './net/request.js'
import { platforms as shipped } from './platforms/index.js'
import type { Platform, PlatformParts, StartPlatform } from './platforms/platform.js'
import { seeThrough } from './see-through.js'
import type { AppParts } from './server/app.js'
import { createMetrics } from './server/metrics.js'
import { createInstallations } from './stores/installations.js'

/** The parts of a running bot, put together. */
export interface Assembly {
  readonly baseUrl: string
  /** What the server stands on. */
  readonly served: Omit<AppParts, 'log' | 'home'>
  reload(files?: readonly string[]): Promise<LoadReport>
  /** Starts nothing more; resolves when what runs has ended, or after `graceMs`. */
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}

/** What an assembly is made of. */
export interface AssemblyParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly config: Config
  readonly log: Log
  readonly port: number
  readonly platforms?: readonly StartPlatform[]
  /** What command files get for `slashroom`. */
  readonly authoring: unknown
}

/** Opens the store, loads the commands, starts the platforms and takes up what an earlier process left. */
export async function assemble(parts: AssemblyParts): Promise<Assembly> {
  const { config, log, env } = parts
  const stopping = new AbortController()
  const { request, close: closeRequest } = createRequest({ log })
  const baseUrl = config.baseUrl ?? (await findTunnel(parts.port)) ?? `http://localhost:${parts.port}`
  const { store, secrets, journal, close: closeStore } = await openKeeping(config, log)
  const installations = createInstallations({ store, secrets })
  const commands = createCommands({ dir: config.commandsDir, modules: { slashroom: parts.authoring }, log })
  await commands.load()

  const platformParts: PlatformParts = {
    baseUrl,
    installations,
    store,
    secrets,
    request,
    catalog: commands.registry,
    log,
  }
  const platforms = startPlatforms(parts.platforms ?? shipped, env, platformParts)
  const metrics = createMetrics(journal.open)
  const outbox = createOutbox({ log, onAttempt: metrics.attempt })
  const dispatch = createDispatch({ registry: commands.registry, store, log })
  const work = seeThrough({
    platforms,
    outbox,
    log,
    dispatch: (invocation) => dispatch(invocation, stopping.signal),
    commandOf: ({ text }) => findCommand(commands.registry, text),
    onEnded: metrics.ended,
  })
  let draining = false
  await journal.start(work)
  if (config.register === 'auto') void registerAll(platforms, log)

  return {
    baseUrl,
    served: {
      platforms,
      journal,
      metrics,
      health: {
        probe: async () => void (await store.get('probe')),
        commands: () => commands.registry.list().length,
        draining: () => draining,
      },
    },
    reload: (files) => commands.reload(files),
    async drain(graceMs) {
      draining = true
      // Commands hear of the end in time to say something themselves.
      const warning = setTimeout(() => stopping.abort(), graceMs * 0.8)
      const stopped = journal.stop(graceMs)
      outbox.stop()
      await stopped
      clearTimeout(warning)
    },
    async close() {
      stopping.abort()
      await closeRequest()
      await closeStore()
    },
  }
}

/** A service that is away must not keep the bot from serving the others. */
async function registerAll(platforms: readonly Platform[], log: Log): Promise<void> {
  for (const { name, register } of platforms) {
    try {
      await register?.()
    } catch (error) {
      log.error(
        { platform: name, reason: error instanceof Error ? error.message : String(error) },
        'commands not registered',
      )
    }
  }
}

function startPlatforms(
  starts: readonly StartPlatform[],
  env: AssemblyParts['env'],
  parts: PlatformParts,
): readonly Platform[] {
  return starts.flatMap((start) => start(env, parts) ?? [])
}
