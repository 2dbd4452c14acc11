import type { Invocation, User } from '../model/invocation.js'
import type { Word } from '../parsing/tokenize.js'
import type { Answered } from '../prompts/pending-calls.js'
import type { Entry } from './compiled-command.js'
import type { Found, Registry } from './registry.js'

/** A typed line that names a command, with what was answered when it was asked back. */
export interface Line {
  readonly found: Found
  readonly entry: Entry
  readonly words: readonly Word[]
  readonly invocation: Invocation
  readonly answers: Answered
  /** Who said yes to it. */
  readonly confirmedBy?: User
}

/** What a line's first words name; undefined where that is nothing. */
export function findIn(registry: Registry, words: readonly Word[]): Found | undefined {
  const names = namesIn(words)
  return names.length > 0 ? registry.find(names) : undefined
}

/** The words that may be a command's name: the first without its slash, and no quoted ones. */
export function namesIn(words: readonly Word[]): readonly string[] {
  const [first, ...others] = words.slice(0, 20)
  if (!first?.text.startsWith('/') || first.plain !== first.text.length) return []
  const quotedAt = others.findIndex((word) => word.plain !== word.text.length)
  return [first.text.slice(1), ...(quotedAt < 0 ? others : others.slice(0, quotedAt)).map((word) => word.text)]
}
