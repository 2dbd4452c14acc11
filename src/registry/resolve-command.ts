import type { Invocation, User } from '../model/invocation.js'
import type { AnswerTexts } from '../parsing/parse.js'
import type { Word } from '../parsing/tokenize.js'
import type { CompiledCommand } from './compiled-command.js'
import type { CommandMatch, Registry } from './registry.js'

/** A typed line that names a command, with what was answered when it was asked back. */
export interface ResolvedCall {
  readonly match: CommandMatch
  readonly compiled: CompiledCommand
  readonly words: readonly Word[]
  readonly invocation: Invocation
  readonly answers: AnswerTexts
  /** Who said yes to it. */
  readonly confirmedBy?: User
}

/** What a line's first words name; undefined where that is nothing. */
export function resolveCommand(registry: Registry, words: readonly Word[]): CommandMatch | undefined {
  const names = commandWords(words)
  return names.length > 0 ? registry.find(names) : undefined
}

/** The words that may be a command's name: the first without its slash, and no quoted ones. */
export function commandWords(words: readonly Word[]): readonly string[] {
  const [first, ...others] = words.slice(0, 20)
  if (!first?.text.startsWith('/') || first.plain !== first.text.length) return []
  const quotedAt = others.findIndex((word) => word.plain !== word.text.length)
  return [first.text.slice(1), ...(quotedAt < 0 ? others : others.slice(0, quotedAt)).map((word) => word.text)]
}
