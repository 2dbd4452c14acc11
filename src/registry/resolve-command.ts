import type { Invocation, User } from '../model/invocation.js'
import type { AnswerTexts } from '../parsing/parse.js'
import { tokenize, type Word } from '../parsing/tokenize.js'
import type { CompiledCommand } from './compiled-command.js'
import type { CommandMatch, Registry } from './registry.js'

/** A typed line that names a command, with what was answered when it was asked back. */
export interface ResolvedCall {
  readonly invocation: Invocation
  readonly words: readonly Word[]
  readonly match: CommandMatch
  readonly compiled: CompiledCommand
  readonly answers: AnswerTexts
  /** Who said yes to it. */
  readonly confirmedBy?: User
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
  return { invocation, words, match, compiled: match.compiled, answers }
}

/** The words that may be a command's name: the first without its slash, and no quoted ones. */
export function commandWords(words: readonly Word[]): readonly string[] {
  const [first, ...others] = words.slice(0, 20)
  if (!first?.text.startsWith('/') || first.plain !== first.text.length) return []
  const quotedAt = others.findIndex((word) => word.plain !== word.text.length)
  return [first.text.slice(1), ...(quotedAt < 0 ? others : others.slice(0, quotedAt)).map((word) => word.text)]
}
