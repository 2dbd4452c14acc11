import { RE2JS } from 're2js'

/** Whether a webhook's pattern occurs in a text. */
export type Pattern = (text: string) => boolean

/** Compiles a webhook's pattern in an engine whose time is linear in the text; throws if it is not a pattern. */
export function compilePattern(source: string | undefined): Pattern {
  if (!source) return () => true
  if (source.length > 100_000) throw new Error('the pattern is longer than 100,000 characters')
  const compiled = RE2JS.compile(source)
  return (text) => compiled.matcher(text).find()
}
