import type { LoadedCommand } from '../../../model/command.js'
import type { Option } from '../../../model/option.js'
import { optionTypes } from '../../../parsing/option-types/table.js'
import { kebab } from '../../../shared/kebab.js'
import { shorten } from '../../../shared/text.js'
import { type ApplicationCommand, type CommandOption, optionType } from '../wire.js'
import { mapOption } from './option-mapping.js'

/** The commands to register, and why others are missing. */
export interface BuiltCommands {
  readonly commands: readonly ApplicationCommand[]
  readonly left: readonly { readonly command: string; readonly why: string }[]
}

/**
 * Builds the application's commands: a command's first word is the service's command, the others its subcommands.
 * https://discord.com/developers/docs/interactions/application-commands
 */
export function buildCommands(loaded: readonly LoadedCommand[]): BuiltCommands {
  const left: Left = []
  const root = createNode()
  for (const one of loaded) {
    const why = insert(root, one)
    if (why) left.push({ command: one.name, why })
  }
  const commands: ApplicationCommand[] = []
  for (const [name, node] of root.below) {
    const built = buildCommand(name, node, left)
    const size = built ? sizeOf(built) : 0
    if (!built) continue
    if (size > largestCommand)
      left.push({ command: name, why: `all its texts have more than ${largestCommand} characters` })
    else if (commands.length === mostCommands) left.push({ command: name, why: `there are ${mostCommands} already` })
    else commands.push(built)
  }
  return { commands, left }
}

/** What registering adds, changes and removes. */
export interface RegistrationPlan {
  readonly add: readonly string[]
  readonly change: readonly string[]
  readonly remove: readonly string[]
}

/** Compares the service's commands with the wanted ones; only slash commands in `existing` are ours. */
export function planRegistration(existing: readonly Fields[], wanted: readonly ApplicationCommand[]): RegistrationPlan {
  const present = new Map(existing.filter(isSlashCommand).map((one) => [String(one['name']), canonical(one)]))
  const names = new Set(wanted.map(({ name }) => name))
  const known = wanted.filter(({ name }) => present.has(name))
  return {
    add: wanted.filter(({ name }) => !present.has(name)).map(({ name }) => name),
    change: known.filter((one) => present.get(one.name) !== canonical(one)).map(({ name }) => name),
    remove: [...present.keys()].filter((name) => !names.has(name)),
  }
}

/** Context menu commands and an activity's entry point are kept. */
export function isSlashCommand(existing: Fields): boolean {
  return (existing['type'] ?? 1) === 1
}

/** An existing command, not read yet. */
type Fields = Readonly<Record<string, unknown>>

const mostCommands = 100
const mostOptions = 25
const largestCommand = 8_000

/** A node of the tree of command words. */
interface Node {
  own?: LoadedCommand
  readonly below: Map<string, Node>
}

function createNode(): Node {
  return { below: new Map() }
}

/** Adds a command to the tree, or says why it does not fit. */
function insert(root: Node, loaded: LoadedCommand): string | undefined {
  if (loaded.command.hidden) return 'it is hidden, and registered commands are visible'
  const words = loaded.name.toLowerCase().split(' ')
  if (words.length > 3) return 'its name has more than three words'
  const odd = words.find((word) => !isName(word))
  if (odd !== undefined) return `Discord does not allow the name ${odd}`
  let node = root
  for (const word of words) {
    const next = node.below.get(word) ?? createNode()
    node.below.set(word, next)
    node = next
  }
  node.own = loaded
  return undefined
}

function isName(word: string): boolean {
  return /^[-_'\p{L}\p{N}]{1,32}$/u.test(word)
}

type Left = { command: string; why: string }[]

function buildCommand(name: string, node: Node, left: Left): ApplicationCommand | undefined {
  const { options, summary } = buildInside(name, node, left)
  if (!options) return undefined
  return { name, description: describe(summary ?? name), ...(options.length > 0 ? { options } : {}) }
}

/** A command's own options or its subcommands: the service does not allow both. */
function buildInside(path: string, { own, below }: Node, left: Left) {
  if (below.size === 0) return { summary: own?.command.summary, options: own && buildOptions(own, left) }
  if (own) left.push({ command: own.name, why: 'there are commands below it, and Discord has only those then' })
  const all = [...below].flatMap(([word, node]) => buildBelow(word, `${path} ${word}`, node, left) ?? [])
  for (const { name } of all.slice(mostOptions)) {
    left.push({ command: `${path} ${name}`, why: `there are ${mostOptions} beside it already` })
  }
  const options = all.slice(0, mostOptions)
  return { summary: own?.command.summary ?? `${path}: ${options.map((one) => one.name).join(', ')}`, options }
}

function buildBelow(name: string, path: string, node: Node, left: Left): CommandOption | undefined {
  const type = node.below.size > 0 ? optionType.group : optionType.subcommand
  const { options, summary } = buildInside(path, node, left)
  if (!options) return undefined
  return { type, name, description: describe(summary ?? name), ...(options.length > 0 ? { options } : {}) }
}

/** Undefined, with a reason in `left`, if a required option does not fit. */
function buildOptions({ name, command }: LoadedCommand, left: Left): readonly CommandOption[] | undefined {
  const entries = Object.entries(command.options ?? {})
  const required = entries.filter(([, option]) => option.required)
  const ordered = [...required, ...entries.filter(([, option]) => !option.required)]
  const fitting = ordered.filter(([option]) => isName(kebab(option))).slice(0, mostOptions)
  for (const [option, { required }] of ordered.filter((one) => !fitting.includes(one))) {
    left.push({ command: name, why: `its option ${option} has no place` })
    if (required) return undefined
  }
  return fitting.map(([option, definition]) => buildOption(option, definition))
}

function buildOption(name: string, option: Option): CommandOption {
  const mapped = mapOption(option)
  // Option types that Discord treats as strings are described in words.
  const form = mapped.type === optionType.string ? optionTypes[option.type].form : undefined
  return {
    ...mapped,
    name: kebab(name),
    description: describe(option.summary ?? kebab(name), form && ` (${form})`),
    ...(option.required ? { required: true } : {}),
  }
}

function describe(text: string, ending = ''): string {
  const line = text.replace(/\s+/g, ' ').trim() || '…'
  return `${shorten(line, 100 - ending.length)}${ending}`
}

/** The size of names, descriptions and choice values. */
function sizeOf({ name, description, options = [], ...rest }: ApplicationCommand & Partial<CommandOption>): number {
  const choices = (rest.choices ?? []).reduce((sum, choice) => sum + choice.name.length + choice.value.length, 0)
  return name.length + description.length + choices + options.reduce((sum, one) => sum + sizeOf(one), 0)
}

/** Normalizes a definition for comparison, without defaults and what the service adds. */
function canonical(one: Fields | ApplicationCommand): string {
  return JSON.stringify(toCanonical(one as Fields))
}

function toCanonical(one: Fields): unknown {
  const choices = Array.isArray(one['choices']) ? one['choices'] : []
  const options = Array.isArray(one['options']) ? one['options'] : []
  return [
    one['type'] ?? 1,
    one['name'],
    one['description'],
    one['required'] === true,
    one['autocomplete'] === true,
    ...bounds.map((bound) => one[bound] ?? null),
    choices.map((choice) => [choice.name, choice.value]),
    options.map(toCanonical),
  ]
}

const bounds = ['min_value', 'max_value', 'min_length', 'max_length']
