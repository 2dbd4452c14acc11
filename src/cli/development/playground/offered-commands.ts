import type { LoadedCommand } from '../../../model/command.js'
import { type CompiledOption, compileOptions } from '../../../parsing/compile-options.js'
import { usageLine } from '../../../parsing/usage.js'
import { kebab } from '../../../shared/kebab.js'
import type { OfferedCommand, OfferedOption } from '../../../simulator/playground.js'

/** Commands as the page completes them: those of the author's own first, and none that is hidden. */
export function offerCommands(commands: readonly LoadedCommand[]): readonly OfferedCommand[] {
  const offered = commands.filter(({ command }) => !command.hidden).map(offer)
  return [...offered.filter(({ isBuiltIn }) => !isBuiltIn), ...offered.filter(({ isBuiltIn }) => isBuiltIn)]
}

function offer({ name, names, command, file }: LoadedCommand): OfferedCommand {
  const compiled = compileOptions(command.options)
  const { positionals } = compiled
  const named = compiled.options.filter((one) => !positionals.includes(one))
  return {
    name,
    aliases: names.filter((one) => one !== name),
    summary: command.summary,
    usage: usageLine(name, compiled),
    isBuiltIn: file === undefined,
    options: [...positionals, ...named].map((one) => offerOption(one, positionals.includes(one))),
  }
}

function offerOption({ name, option, many }: CompiledOption, isPositional: boolean): OfferedOption {
  const { type, alias, summary = '' } = option
  return {
    label: isPositional ? kebab(name) : `--${kebab(name)}`,
    ...(alias && !isPositional ? { alias: `${alias.length === 1 ? '-' : '--'}${alias}` } : {}),
    type,
    isPositional,
    isMany: many || option.rest === true,
    choices: type === 'choice' ? option.choices : [],
    summary,
  }
}
