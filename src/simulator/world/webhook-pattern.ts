import { RE2JS } from 're2js'
import { messageOf } from '../../shared/error-details.js'

/** Whether a webhook's pattern matches a text. */
export type Pattern = (text: string) => boolean

/** Compiles a webhook's pattern in a linear-time engine; throws if it is invalid. */
export function compilePattern(source: string | undefined): Pattern {
  if (!source) return () => true
  if (source.length > 100_000) throw new Error('the pattern is longer than 100,000 characters')
  const compiled = compile(source)
  return (text) => compiled.matcher(text).find()
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    const construct = beyondRe2.find(([sign]) => sign.test(source))?.[1]
    if (construct === undefined)
      throw new Error(`it is not a regular expression: ${messageOf(error)}`, { cause: error })
    const reason = `it has ${construct}, which the simulator's engine (RE2, linear in time) lacks`
    throw new Error(`${reason}; whether HipChat's had it is not known`, { cause: error })
  }
}

/** Constructs of other engines, with their names. */
const beyondRe2 = [
  [/\(\?[=!]/, 'a look-ahead'],
  [/\(\?<[=!]/, 'a look-behind'],
  [/\\[1-9]|\(\?P=/, 'a back-reference'],
  [/\(\?>|[*+?}]\+/, 'an atomic group or a possessive quantifier'],
] as const
