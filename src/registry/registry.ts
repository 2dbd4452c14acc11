import type { Catalog } from '../model/command.js'
import type { Invocation, User } from '../model/invocation.js'
import { nearest } from '../parsing/did-you-mean.js'
import type { AnswerTexts } from '../parsing/parse-options.js'
import { tokenize, type Word } from '../parsing/tokenize.js'
import type { CompiledCommand } from './compiled-command.js'

/** The command or folder that a line names. */
export interface CommandMatch {
  /** Its path: `deploy status`. */
  readonly name: string
  /** How many words of the line name it. */
  readonly depth: number
  /** Undefined for a folder without a command of its own. */
  readonly compiled?: CompiledCommand | undefined
  /** True if it has subcommands. */
  readonly group: boolean
}

/** The commands; lookups take the same time regardless of their number. */
export interface Registry extends Catalog {
  list(): readonly CompiledCommand[]
  /** The longest matching name. The first word comes without its slash. */
  find(words: readonly string[]): CommandMatch | undefined
  /** The closest command name to `word` below `parent`. */
  suggest(word: string, parent?: readonly string[]): string | undefined
  /** Replaces all commands with these. */
  replace(entries: readonly CompiledCommand[]): void
}

/** Returns the built-in commands to add to these. */
export type BuiltInCommands = (registry: Registry, own: readonly CompiledCommand[]) => readonly CompiledCommand[]

/** Creates a registry. A command replaces a built-in one of the same name. */
export function createRegistry(builtIn: BuiltInCommands = () => []): Registry {
  const listeners = new Set<() => void>()
  let entries: readonly CompiledCommand[] = []
  let root = createNode()

  const registry: Registry = {
    list: () => entries,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    find(words) {
      const { node, depth } = descend(root, words)
      if (depth === 0) return undefined
      const name = node.entry?.name ?? words.slice(0, depth).join(' ').toLowerCase()
      return { name, depth, group: node.below.size > 0, compiled: node.entry }
    },
    suggest(word, parent = []) {
      const { node, depth } = descend(root, parent)
      if (depth < parent.length) return undefined
      return nearest(word, node.below.keys())
    },
    replace(fresh) {
      const own = new Set(fresh.flatMap(({ names }) => names))
      const added = builtIn(registry, fresh).filter(({ names }) => names.every((name) => !own.has(name)))
      entries = [...fresh, ...added].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
      root = createNode()
      for (const compiled of entries) for (const name of compiled.names) insert(root, name, compiled)
      for (const listener of listeners) listener()
    },
  }
  registry.replace([])
  return registry
}

/** A line that names a command, with the answers to any prompts. */
export interface ResolvedCall {
  readonly invocation: Invocation
  readonly words: readonly Word[]
  readonly match: CommandMatch
  readonly compiled: CompiledCommand
  readonly answers: AnswerTexts
  /** Who confirmed it. */
  readonly confirmedBy?: User | undefined
}

/** A line that names no command, or only a folder of commands. */
export interface UnresolvedCall extends Pick<ResolvedCall, 'invocation' | 'words'> {
  readonly match: CommandMatch | undefined
  readonly compiled?: undefined
}

/** Resolves a line to the command that its first words name. */
export function resolveCall(
  registry: Registry,
  invocation: Invocation,
  answers: AnswerTexts = {},
): ResolvedCall | UnresolvedCall {
  const words = tokenize(invocation.text)
  const names = commandWords(words)
  const match = names.length > 0 ? registry.find(names) : undefined
  if (!match?.compiled) return { invocation, words, match }
  // Own properties, so that no inherited `confirmedBy` counts as a confirmation.
  return { invocation, words, match, compiled: match.compiled, answers, confirmedBy: undefined }
}

/** Creates a function that returns the name of the command that a line calls; empty if there is none. */
export function createCommandNamer(registry: Registry): (invocation: Invocation) => string {
  return ({ text }) => {
    const head = text.slice(0, mostRead)
    // Most lines are this simple; the places of their words are not needed.
    const words = /^\/[ !#-&(-~]*$/.test(head) ? head.slice(1).split(/ +/, 20) : commandWords(tokenize(head))
    return (words.length > 0 && registry.find(words)?.compiled?.name) || ''
  }
}

/** The arguments may be long. */
const mostRead = 200

/** The words that may be part of a command's name: the first without its slash, and no quoted ones. */
export function commandWords(words: readonly Word[]): readonly string[] {
  const [first, ...others] = words.slice(0, 20)
  if (!first?.text.startsWith('/') || first.plain !== first.text.length) return []
  const quotedAt = others.findIndex((word) => word.plain !== word.text.length)
  return [first.text.slice(1), ...(quotedAt < 0 ? others : others.slice(0, quotedAt)).map((word) => word.text)]
}

/** A node of the tree of command words. */
interface Node {
  entry?: CompiledCommand
  readonly below: Map<string, Node>
}

function createNode(): Node {
  return { below: new Map() }
}

/** Follows the words down the tree as far as possible. */
function descend(root: Node, words: readonly string[]): { readonly node: Node; readonly depth: number } {
  let node = root
  let depth = 0
  for (const word of words) {
    if (node.below.size === 0) break
    const next = node.below.get(word) ?? node.below.get(word.normalize('NFC').toLowerCase())
    if (!next) break
    node = next
    depth++
  }
  return { node, depth }
}

function insert(root: Node, name: string, compiled: CompiledCommand): void {
  let node = root
  for (const word of name.split(' ')) {
    const next = node.below.get(word) ?? createNode()
    node.below.set(word, next)
    node = next
  }
  node.entry = compiled
}
