import * as authoring from '../authoring.js'
import { createBuiltInCommands } from '../built-in/built-in-commands.js'
import type { Config } from '../config.js'
import * as readyHooks from '../hooks/index.js'
import { type CommandDirectory, createCommandDirectory } from '../loader/command-directory.js'
import type { BrokenFile } from '../loader/reloadable-files.js'
import { UsageError } from '../model/errors.js'
import { type Logger, silentLogger } from '../model/logger.js'
import { createHookDirectory } from '../notify/hooks/hook-directory.js'
import { createNotifyCommands } from '../notify/notify-command.js'
import { createTokens } from '../notify/tokens.js'
import { loadPolicy } from '../policy/load-policy.js'
import { createRegistry } from '../registry/registry.js'
import { createDelayedJobStore } from '../scheduler/delayed-jobs.js'
import { createScheduleSubscriptions } from '../scheduler/room-subscriptions.js'
import { toPrintableLines } from '../shared/printable.js'
import { createMemoryStore } from '../stores/memory.js'

const modules = { slashroom: authoring, 'slashroom/hooks': readyHooks }
const tell: Logger['error'] = (_, message) => console.error(toPrintableLines(message))
const log: Logger = { ...silentLogger, error: tell, warn: tell }

/** Loads hook files without a bot and reports errors. */
export async function loadHooks(config: Config, env: Readonly<Record<string, string | undefined>>) {
  const hooks = createHookDirectory({ dir: config.hooksDir, modules, env, log })
  const uncaught = catchUncaught(hooks)
  const { broken } = await hooks.load()
  return { hooks: hooks.list(), broken: [...broken, ...(await uncaught())] }
}

/** Loads command files without a bot and reports errors. */
export async function loadCommands(config: Config) {
  const policy = await loadPolicy(config.policyFile)
  const store = createMemoryStore()
  const subscriptions = createScheduleSubscriptions(store)
  const platforms = () => []
  const delayedJobs = createDelayedJobStore({ store, platforms, now: Date.now })
  const builtIn = createBuiltInCommands({ policy, subscriptions, delayedJobs, platforms, now: Date.now })
  const notifying = createNotifyCommands({ tokens: createTokens({ store }), policy, broadcast: notHere })
  const registry = createRegistry((all, own) => [...builtIn(all, own), ...notifying(all, own)])
  const commands = createCommandDirectory({ dir: config.commandsDir, modules, registry, log })
  const uncaught = catchUncaught(commands)
  const { broken, ...report } = await commands.load()
  return {
    registry,
    policy,
    middleware: commands.middleware,
    report: { ...report, broken: [...broken, ...(await uncaught())] },
  }
}

async function notHere(): Promise<never> {
  throw new UsageError('This command does not post anything: "slashroom notify" does that.')
}

/** Code that files start without awaiting may fail too; the returned function stops watching and lists such failures. */
function catchUncaught({ blame }: Pick<CommandDirectory, 'blame'>): () => Promise<readonly BrokenFile[]> {
  const found: BrokenFile[] = []
  const blameFile = (error: unknown) => {
    const broken = blame(error)
    if (!broken) throw error
    found.push(broken)
    console.error(toPrintableLines(broken.message))
  }
  process.on('unhandledRejection', blameFile)
  process.on('uncaughtException', blameFile)
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', blameFile)
    process.off('uncaughtException', blameFile)
    return found
  }
}
