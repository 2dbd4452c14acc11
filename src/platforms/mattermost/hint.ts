import type { LoadedCommand, Option } from '../../model/command.js'

/** What may come after a command's first word, in one line: `[status|start]`, or its own options. */
export function usageHint(word: string, commands: readonly LoadedCommand[]): string {
  const own = commands.find(({ names }) => names.includes(word))
  const below = commands.flatMap(({ names }) => names.find((path) => path.startsWith(`${word} `))?.split(' ')[1] ?? [])
  const next = [...new Set(below)]
  return [next.length > 0 ? `[${next.join('|')}]` : '', ...Object.entries(own?.command.options ?? {}).map(show)]
    .filter(Boolean)
    .join(' ')
}

function show([key, option]: readonly [string, Option]): string {
  const given = option.type === 'choice' ? option.choices.join('|') : undefined
  const place = option.positional || option.rest
  const inner = place ? (given ?? key) : `--${kebab(key)}${option.type === 'boolean' ? '' : ` ${given ?? option.type}`}`
  const shown = place && (option.rest || option.many) ? `${inner}…` : inner
  return option.required ? (place ? `<${shown}>` : shown) : `[${shown}]`
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
