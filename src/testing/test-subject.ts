import { type BuiltInDeps, createBuiltInCommands } from '../built-in/built-in-commands.js'
import { createCommandDirectory } from '../loader/command-directory.js'
import type { CommandMiddleware } from '../model/command.js'
import * as commandNouns from '../model/command.js'
import * as errorNouns from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import * as replyNouns from '../model/reply.js'
import { tokenize } from '../parsing/tokenize.js'
import { compileCommand } from '../registry/compiled-command.js'
import { createRegistry, type Registry } from '../registry/registry.js'
import type { AnyCommand, Subject } from './subject.js'

/** The commands of a test room. */
export interface OpenedSubject {
  readonly registry: Registry
  readonly middleware: { readonly current: readonly CommandMiddleware[] }
  /** Resolves when the commands are ready for this line. Throws ConfigError for a file that does not load. */
  open(line?: string): Promise<void>
}

/** Makes the commands of a test room ready. */
export function openSubject(
  subject: Subject,
  log: Logger,
  use: readonly CommandMiddleware[] = [],
  deps: BuiltInDeps,
): OpenedSubject {
  const registry = createRegistry(createBuiltInCommands(deps))
  if (typeof subject === 'string') {
    const modules = { slashroom: { ...commandNouns, ...errorNouns, ...replyNouns } }
    const commands = createCommandDirectory({ dir: subject, modules, registry, log, use })
    const loaded = commands.load()
    loaded.catch(() => undefined)
    const open = async () => {
      const { broken } = await loaded
      if (broken[0]) throw new errorNouns.ConfigError(broken.map(({ message }) => message).join('\n'))
    }
    return { registry, middleware: commands.middleware, open }
  }
  const middleware = { current: use }
  if (!isCommand(subject)) {
    const named = Object.entries(subject)
    registry.replace(named.map(([name, one]) => compileCommand(name.replace(/^\//, '').toLowerCase(), one)))
    return { registry, middleware, open: async () => {} }
  }
  let named = false
  const open = async (line = '/command') => {
    const [first] = tokenize(line)
    const name = first?.text.startsWith('/') ? first.text.slice(1).toLowerCase() : ''
    if (named || name === '' || registry.find([name])?.compiled?.builtIn) return
    registry.replace([compileCommand(name, subject)])
    named = name !== 'command'
  }
  return { registry, middleware, open }
}

function isCommand(subject: Exclude<Subject, string>): subject is AnyCommand {
  return typeof subject['run'] === 'function'
}
