import type { Command, LoadedCommand } from '../model/command.js'
import { ownOnly } from '../shared/own-properties.js'
import { type CompiledParts, compileParts } from './compile-parts.js'
import { ownDefinition } from './own-definition.js'
import { toMilliseconds } from './validate-command.js'

/** A command that can be run: its options are prepared. */
export interface CompiledCommand extends LoadedCommand, CompiledParts {
  /** How long it may run, in milliseconds. */
  readonly timeoutMs: number
  /** True for a command that comes with every bot and that everybody may run. */
  readonly builtIn?: true | undefined
  /** Set if it answers a prompt under a code: it resumes the call that was prompted for. */
  readonly answers?: 'confirm' | 'option' | undefined
  /** Maps a stack trace to the file's own lines. */
  readonly locate?: ((stack: string) => string) | undefined
}

type Origin = Pick<CompiledCommand, 'file' | 'locate' | 'builtIn' | 'answers'>
const noOrigin: Origin = ownOnly({})

/** Compiles a command under a name. Throws ConfigError for invalid options and schedules. */
export function compileCommand(
  name: string,
  definition: Command,
  { file, locate, builtIn, answers }: Origin = noOrigin,
): CompiledCommand {
  const command = ownDefinition(definition)
  const parent = name.slice(0, name.lastIndexOf(' ') + 1)
  const aliases = (command.aliases ?? []).map((alias) => `${parent}${alias.normalize('NFC').toLowerCase()}`)
  const { compiledOptions, schedules } = compileParts(name, command)
  return {
    name,
    names: [...new Set([name, ...aliases])],
    command,
    compiledOptions,
    schedules,
    timeoutMs: toMilliseconds(command.timeout) ?? 30_000,
    // All are own properties: an inherited `builtIn` would apply to every command.
    file,
    locate,
    builtIn,
    answers,
  }
}
