import { listSubcommands, suggestCommand, type VisibleCommands } from '../built-in/help.js'
import { type Reply, whisper } from '../model/reply.js'
import type { ParseError } from '../parsing/bind-options.js'
import { quoteInput } from '../parsing/quote-input.js'
import { usageLine } from '../parsing/usage.js'
import { commandWords, type ResolvedCall, type UnresolvedCall } from '../registry/registry.js'

/** Explains what is wrong with a line and how to write it. */
export async function usageNotice(
  { match, compiled, words, invocation }: ResolvedCall,
  errors: readonly ParseError[],
  catalog: VisibleCommands,
): Promise<Reply> {
  const lines = errors.map(({ message }) => message)
  const next = words[match.depth]?.text
  const parent = commandWords(words).slice(0, match.depth)
  const near = next === undefined || !match.group ? undefined : await suggestCommand(catalog, next, parent, invocation)
  if (near) lines.push(`Did you mean /${near}?`)
  return whisper([...lines, `Usage: ${usageLine(compiled.name, compiled.compiledOptions)}`].join('\n'))
}

/** The notice for a line that calls no command; undefined if the line is not close to any. */
export async function unknownCommandNotice(
  { match, words, invocation }: UnresolvedCall,
  catalog: VisibleCommands,
): Promise<Reply | undefined> {
  const names = commandWords(words)
  const depth = match?.depth ?? 0
  const typed = names[depth] ?? ''
  const near = typed === '' ? undefined : await suggestCommand(catalog, typed, names.slice(0, depth), invocation)
  const list = match && (await listSubcommands(catalog, match.name, invocation))
  if (!near && !list) return undefined
  const there =
    typed === ''
      ? `/${match?.name} is more than one command:`
      : `There is no command ${quoteInput(`/${names.slice(0, depth + 1).join(' ')}`)}.`
  const said = [there, near ? `Did you mean /${near}?` : undefined, list].filter(Boolean)
  return whisper(said.join(near && !list ? ' ' : '\n'))
}
