import { card, type Reply, whisper } from '../model/reply.js'
import type { ParseError } from '../parsing/bind-options.js'
import type { CompiledOption, CompiledOptions } from '../parsing/compile-options.js'
import { formatDuration } from '../parsing/duration.js'
import { kebab } from '../shared/kebab.js'
import { answerMs } from './pending-calls.js'

/** The option to ask for: the first missing one, if nothing else is wrong and all missing ones have `ask`. */
export function optionToAsk({ options }: CompiledOptions, errors: readonly ParseError[]): CompiledOption | undefined {
  const missing = errors.map(({ kind, option }) =>
    kind === 'missing' ? options.find((one) => one.name === option && one.option.ask) : undefined,
  )
  return missing.every(Boolean) ? missing[0] : undefined
}

/** Asks for one option, with a button for each of a few choices. */
export function optionPrompt({ name, option, type, bounds, choices = [], many }: CompiledOption, code: string): Reply {
  const title = `Which ${kebab(name)}?`
  const listed = choices.length > mostButtons ? `One of ${choices.join(', ')}.` : undefined
  const form = type.form && `It must be ${[type.form, ...bounds].join(', ')}.`
  const how = `Type /answer ${code} <${kebab(name)}${many ? '…' : ''}> within ${formatDuration(answerMs)}.`
  const text = [option.summary, form, listed, how].filter(Boolean).join('\n')
  if (choices.length === 0 || listed) return whisper(`${title}\n${text}`)
  const buttons = choices.map((choice) => ({ label: choice, command: `/answer ${code} ${choice}` }))
  return card({ title, text, buttons }, { audience: 'caller' })
}

const mostButtons = 5
