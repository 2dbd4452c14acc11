import type { Command, LoadedCommand } from '../model/command.js'
import { ownOnly } from '../shared/own-properties.js'
import { type CompiledParts, compileParts } from './compile-parts.js'
import { ownDefinition } from './own-definition.js'
import { toMilliseconds } from './validate-command.js'

/** A command that can be run: its options are prepared. */
export interface CompiledCommand extends LoadedCommand, CompiledParts {
  /** How long it may run, in milliseconds. */
  readonly timeoutMs: number
  /** True where no file made it: every bot has it, and everybody may run it. */
  readonly builtIn?: true | undefined
  /** Answers a question under a code: what it runs is the call that was asked back. */
  readonly answers?: 'confirm' | 'option' | undefined
  /** Puts the file's own lines into a stack trace. */
  readonly locate?: ((stack: string) => string) | undefined
}

type Origin = Pick<CompiledCommand, 'file' | 'locate' | 'builtIn' | 'answers'>
const noOrigin: Origin = ownOnly({})

/** Compiles a command to run under a name. Throws ConfigError for options and schedules that cannot work. */
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
    // All of them are its own, so that none is found on a prototype: `builtIn` there would make every command one.
    file,
    locate,
    builtIn,
    answers,
  }
}
