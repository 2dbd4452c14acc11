import type { Catalog } from '../model/command.js'
import type { Invocation, User } from '../model/invocation.js'
import { nearest } from '../parsing/did-you-mean.js'
import type { AnswerTexts } from '../parsing/parse-options.js'
import { tokenize, type Word } from '../parsing/tokenize.js'
import type { CompiledCommand } from './compiled-command.js'

/** What a line's first words name. */
export interface CommandMatch {
  /** The words that named it, as its path: `deploy status`. */
  readonly name: string
  /** How many of the line's words that took. */
  readonly depth: number
  /** Undefined for a folder of commands that has none of its own. */
  readonly compiled?: CompiledCommand | undefined
  /** True where there are commands below it. */
  readonly group: boolean
}

/** The commands there are, found by their words in a time that does not grow with their number. */
export interface Registry extends Catalog {
  list(): readonly CompiledCommand[]
  /** The longest name that the words begin with. The first word comes without its slash. */
  find(words: readonly string[]): CommandMatch | undefined
  /** The command's name that `word` probably meant, below `parent`; looked for only when asked. */
  suggest(word: string, parent?: readonly string[]): string | undefined
  /** Puts these commands in place of all that were. */
  replace(entries: readonly CompiledCommand[]): void
}

/** Gives the commands that every bot with these has. */
export type BuiltInCommands = (registry: Registry, own: readonly CompiledCommand[]) => readonly CompiledCommand[]

/** Creates a registry. `builtIn` commands are there unless a command of the same name is. */
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

/** A typed line that names a command, with what was answered when it was asked back. */
export interface ResolvedCall {
  readonly invocation: Invocation
  readonly words: readonly Word[]
  readonly match: CommandMatch
  readonly compiled: CompiledCommand
  readonly answers: AnswerTexts
  /** Who said yes to it. */
  readonly confirmedBy?: User | undefined
}

/** A typed line that names none, or only a folder of commands. */
export interface UnresolvedCall extends Pick<ResolvedCall, 'invocation' | 'words'> {
  readonly match: CommandMatch | undefined
  readonly compiled?: undefined
}

/** Reads a line as a call of the command that its first words name. */
export function resolveCall(
  registry: Registry,
  invocation: Invocation,
  answers: AnswerTexts = {},
): ResolvedCall | UnresolvedCall {
  const words = tokenize(invocation.text)
  const names = commandWords(words)
  const match = names.length > 0 ? registry.find(names) : undefined
  if (!match?.compiled) return { invocation, words, match }
  // Its own, so that none is found on a prototype, and nobody's yes is taken for given.
  return { invocation, words, match, compiled: match.compiled, answers, confirmedBy: undefined }
}

/** Creates what names the command that a line calls, empty where it calls none. */
export function createCommandNamer(registry: Registry): (invocation: Invocation) => string {
  return ({ text }) => {
    const head = text.slice(0, mostRead)
    // Most lines are as plain as this, and to cut them as people on phones mean them takes ten times as long.
    const words = /^\/[ !#-&(-~]*$/.test(head) ? head.slice(1).split(/ +/, 20) : commandWords(tokenize(head))
    return (words.length > 0 && registry.find(words)?.compiled?.name) || ''
  }
}

/** What is typed behind a name may be long. */
const mostRead = 200

/** The words that may be a command's name: the first without its slash, and no quoted ones. */
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

/** Goes down as far as the words lead. */
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
