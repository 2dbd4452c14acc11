import type { Config } from './config.js'
import { type Commands, createCommands, type LoadReport } from './loader/command-directory.js'
import type { Log } from './model/logger.js'
import { createRequest } from './net/http-client.js'
import { findTunnel } from './net/ngrok.js'
import { platforms as shipped } from './platforms/index.js'
import type { Platform, StartPlatform } from './platforms/platform.js'
import { readPolicy } from './policy/load-policy.js'
import { createSwitches, type Switches } from './scheduler/room-subscriptions.js'
import { type Keeping, openKeeping } from './storage.js'
import { createInstallations } from './stores/installations.js'

/** What serving and registering both stand on. */
export interface Prepared {
  readonly baseUrl: string
  readonly keeping: Keeping
  readonly commands: Commands
  /** How the commands were loaded. */
  readonly report: LoadReport
  readonly platforms: readonly Platform[]
  readonly switches: Switches
  close(): Promise<void>
}

/** What a bot is made of. */
export interface PrepareParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly config: Config
  readonly log: Log
  readonly port: number
  readonly platforms?: readonly StartPlatform[]
  /** What command files get for `slashroom`. */
  readonly authoring: unknown
  readonly onTokenFetched?: (platform: string) => void
}

/** Opens the store, loads the commands and starts the platforms; nothing is taken up, nobody is told. Throws ConfigError. */
export async function prepare(parts: PrepareParts): Promise<Prepared> {
  const { config, log, env } = parts
  const policy = await readPolicy(config.policyFile)
  const { request, close: closeRequest } = createRequest({ log })
  const baseUrl = config.baseUrl ?? (await findTunnel(parts.port)) ?? `http://localhost:${parts.port}`
  const keeping = await openKeeping(config, log)
  const { store, secrets } = keeping
  const installations = createInstallations({ store, secrets })
  await installations.checkKey()
  const modules = { slashroom: parts.authoring }
  let platforms: readonly Platform[] = []
  const switches = createSwitches(store)
  const schedule = { switches, venues: () => platforms, now: Date.now }
  const commands = createCommands({ dir: config.commandsDir, modules, policy, log, schedule })
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
