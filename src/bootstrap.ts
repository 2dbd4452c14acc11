import type { Config } from './config.js'
import { type CommandDirectory, createCommandDirectory, type LoadReport } from './loader/command-directory.js'
import type { Logger } from './model/logger.js'
import { createHttpClient } from './net/http-client.js'
import { findTunnel } from './net/ngrok.js'
import { platforms as shipped } from './platforms/index.js'
import type { Platform, PlatformFactory } from './platforms/platform.js'
import { loadPolicy } from './policy/load-policy.js'
import { createScheduleSubscriptions, type ScheduleSubscriptions } from './scheduler/room-subscriptions.js'
import { openStorage, type Storage } from './storage.js'
import { createInstallations } from './stores/installations.js'

/** What serving and registering both stand on. */
export interface Bootstrapped {
  readonly baseUrl: string
  readonly keeping: Storage
  readonly commands: CommandDirectory
  /** How the commands were loaded. */
  readonly report: LoadReport
  readonly platforms: readonly Platform[]
  readonly switches: ScheduleSubscriptions
  close(): Promise<void>
}

/** What a bot is made of. */
export interface BootstrapOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly config: Config
  readonly log: Logger
  readonly port: number
  readonly platforms?: readonly PlatformFactory[]
  /** What command files get for `slashroom`. */
  readonly authoring: unknown
  readonly onTokenFetched?: (platform: string) => void
}

/** Opens the store, loads the commands and starts the platforms; nothing is taken up, nobody is told. Throws ConfigError. */
export async function bootstrap(parts: BootstrapOptions): Promise<Bootstrapped> {
  const { config, log, env } = parts
  const policy = await loadPolicy(config.policyFile)
  const { request, close: closeRequest } = createHttpClient({ log })
  const baseUrl = config.baseUrl ?? (await findTunnel(parts.port)) ?? `http://localhost:${parts.port}`
  const keeping = await openStorage(config, log)
  const { store, encryptor: secrets } = keeping
  const installations = createInstallations({ store, encryptor: secrets })
  await installations.checkKey()
  const modules = { slashroom: parts.authoring }
  let platforms: readonly Platform[] = []
  const switches = createScheduleSubscriptions(store)
  const schedule = { switches, venues: () => platforms, now: Date.now }
  const commands = createCommandDirectory({ dir: config.commandsDir, modules, policy, log, schedule })
  const report = await commands.load()
  const { onTokenFetched } = parts
  const given = { baseUrl, installations, store, secrets, request, catalog: commands.registry, log, onTokenFetched }
  platforms = (parts.platforms ?? shipped).flatMap((start) => start(env, given) ?? [])
  return {
    baseUrl,
    keeping,
    commands,
    report,
    platforms,
    switches,
    async close() {
      await closeRequest()
      await keeping.close()
    },
  }
}
