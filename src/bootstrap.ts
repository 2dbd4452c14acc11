import { createBuiltInCommands } from './built-in/built-in-commands.js'
import type { Config } from './config.js'
import * as readyHooks from './hooks/index.js'
import { type CommandDirectory, createCommandDirectory } from './loader/command-directory.js'
import type { LoadReport } from './loader/load-report.js'
import type { CommandMiddleware } from './model/command.js'
import type { Logger } from './model/logger.js'
import { findTunnel } from './net/find-ngrok-tunnel.js'
import { createHttpClient } from './net/http-client.js'
import { createCommandTokens } from './notify/command-tokens.js'
import { createHookDirectory, type HookDirectory } from './notify/hooks/hook-directory.js'
import { type Broadcast, createNotifyCommands } from './notify/notify-command.js'
import { createRateLimiter, type RateLimiter } from './notify/rate-limit.js'
import { createTokens, type Tokens } from './notify/tokens.js'
import { ignoredSettings } from './platforms/ignored-settings.js'
import { platforms as shipped } from './platforms/index.js'
import type { Platform, PlatformDeps, PlatformFactory } from './platforms/platform.js'
import { platformsOutOfReach } from './platforms/unreachable-webhooks.js'
import { loadPolicy } from './policy/load-policy.js'
import { checkNaming, namingFault, namingWarnings } from './policy/name-trust.js'
import { describePolicy, type Policy } from './policy/policy.js'
import { createRegistry, type Registry } from './registry/registry.js'
import { createDelayedJobStore } from './scheduler/delayed-jobs.js'
import { createScheduleSubscriptions, type ScheduleSubscriptions } from './scheduler/room-subscriptions.js'
import { ownOnly } from './shared/own-properties.js'
import { openStorage, type Storage } from './storage.js'
import { createInstallations } from './stores/installations.js'

/** What both `start` and `register` need. */
export interface Bootstrapped {
  readonly baseUrl: string
  readonly storage: Storage
  readonly registry: Registry
  readonly policy: Policy
  readonly commands: CommandDirectory
  readonly hooks: HookDirectory
  /** The result of loading the commands. */
  readonly report: LoadReport
  readonly platforms: readonly Platform[]
  readonly subscriptions: ScheduleSubscriptions
  /** For posts from senders: their tokens, and how often each may post. */
  readonly tokens: Tokens
  readonly rates: RateLimiter
  close(): Promise<void>
}

/** The parts of a bot. */
export interface BootstrapOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly config: Config
  readonly log: Logger
  readonly port: number
  readonly platforms?: readonly PlatformFactory[]
  readonly use?: readonly CommandMiddleware[]
  /** The module that command files import as `slashroom`. */
  readonly authoring: unknown
  readonly onTokenFetched?: (platform: string) => void
  /** Posts what `/notify` asks for. If left out, commands cannot post. */
  readonly broadcast?: Broadcast
}

/**
 * Opens the store, loads the commands and starts the platforms. It starts no work and registers no commands. Throws
 * ConfigError, after closing whatever it opened.
 */
export async function bootstrap(options: BootstrapOptions): Promise<Bootstrapped> {
  const { config, log } = options
  const policy = await loadPolicy(config.policyFile)
  const baseUrl =
    config.baseUrl ??
    (await findTunnel(options.port)) ??
    `${config.tlsCert ? 'https' : 'http'}://localhost:${options.port}`
  const storage = await openStorage(config, log)
  const { request, close: closeRequest } = createHttpClient({ log })
  const close = async () => {
    await closeRequest()
    await storage.close()
  }
  try {
    return { ...(await assemble(ownOnly(options), { policy, baseUrl, storage, request })), close }
  } catch (error) {
    await storage.journal.close()
    await close()
    throw error
  }
}

type Opened = Pick<Bootstrapped, 'policy' | 'baseUrl' | 'storage'> & Pick<PlatformDeps, 'request'>

async function assemble(options: BootstrapOptions, opened: Opened): Promise<Omit<Bootstrapped, 'close'>> {
  const { config, log, env, onTokenFetched } = options
  const { policy, baseUrl, storage, request } = opened
  const { store, encryptor } = storage
  await storage.check()
  const installations = createInstallations({ store, encryptor })
  await installations.checkKey()
  const modules = { slashroom: options.authoring, 'slashroom/hooks': readyHooks }
  let platforms: readonly Platform[] = []
  const subscriptions = createScheduleSubscriptions(store)
  const delayedJobs = createDelayedJobStore({ store, platforms: () => platforms, now: Date.now })
  const builtIn = createBuiltInCommands({
    policy,
    subscriptions,
    delayedJobs,
    platforms: () => platforms,
    now: Date.now,
  })
  const tokens = createTokens({ store, encryptor })
  const rates = createRateLimiter()
  const notifying = createNotifyCommands({ tokens, policy, broadcast: options.broadcast })
  const registry = createRegistry((all, own) => [...builtIn(all, own), ...notifying(all, own)])
  const commands = createCommandDirectory({
    dir: config.commandsDir,
    modules,
    registry,
    log,
    use: options.use,
    refuse: (compiled) => namingFault(compiled, platforms),
  })
  const loaded = await commands.load()
  const hooks = createHookDirectory({ dir: config.hooksDir, modules, env: ownOnly(env), log })
  await hooks.load()
  logPolicy(policy, log)
  for (const unused of policy.unusedRules(registry.list()))
    log.warn(unused, 'policy has a rule for a command that does not exist')
  const given: PlatformDeps = {
    baseUrl,
    installations,
    store,
    encryptor,
    request,
    catalog: registry,
    log,
    commandTokens: createCommandTokens({ tokens, rates }),
    onTokenFetched,
  }
  platforms = (options.platforms ?? shipped).flatMap((start) => start(ownOnly(env), given) ?? [])
  for (const ignored of ignoredSettings(ownOnly(env)))
    log.warn({ ...ignored }, 'this setting has no effect without the missing one')
  const uncalled = platformsOutOfReach(platforms, baseUrl, ownOnly(env))
  if (uncalled.length > 0) log.warn({ baseUrl, platforms: uncalled }, unreachable)
  checkNaming(policy, config.policyFile ?? 'policy.yaml', platforms)
  // Only the platforms know which of their names are proven.
  const report = registry.list().some((one) => namingFault(one, platforms)) ? await commands.reload([]) : loaded
  for (const warning of namingWarnings(policy, registry.list(), platforms)) log.warn({}, warning)
  return {
    baseUrl,
    storage,
    registry,
    policy,
    commands,
    hooks,
    report,
    platforms,
    subscriptions,
    tokens,
    rates,
  }
}

const unreachable = 'no chat service can call this address: set BASE_URL to the public https address of the bot'

/** So that no operator relies on rules that have no effect. */
function logPolicy(policy: Policy, log: Logger): void {
  const facts = policy.file === undefined ? {} : { file: policy.file }
  if (policy.file !== undefined && policy.allowsAll) log.warn(facts, `${describePolicy(policy)}: it restricts nothing`)
  else log.info(facts, describePolicy(policy))
}
