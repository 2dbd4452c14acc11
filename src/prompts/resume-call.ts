import { ForbiddenError, UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, say, whisper } from '../model/reply.js'
import { kebab } from '../parsing/compile-options.js'
import { parse } from '../parsing/parse.js'
import { quoteInput } from '../parsing/quote-input.js'
import { tokenize } from '../parsing/tokenize.js'
import { denialReason } from '../policy/authorization.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { Registry } from '../registry/registry.js'
import { type ResolvedCall, resolveCommand } from '../registry/resolve-command.js'
import { canConfirm, describeApprovers, type RequiredConfirmation, requiredConfirmation } from './confirmation.js'
import type { PendingCall, PendingCalls } from './pending-calls.js'

/** What an answer leads to: the line that it was given for, or something to say. */
export type ResumedCall = { readonly line: ResolvedCall } | { readonly reply: Reply; readonly outcome: Outcome }

/** Takes up what `/confirm` and `/answer` were typed for. Throws UsageError and ForbiddenError. */
export type ResumeCall = (
  kind: NonNullable<CompiledCommand['answers']>,
  values: Readonly<Record<string, unknown>>,
  invocation: Invocation,
) => Promise<ResumedCall>

interface ResumeCallDeps {
  readonly registry: Registry
  readonly asking: PendingCalls
  readonly log: Logger
  now(): number
}

/** Makes what goes on with waiting calls. The code alone is worth nothing: every answer is checked for who gives it. */
export function createResumeCall({ registry, asking, log, now }: ResumeCallDeps): ResumeCall {
  return async (kind, { code, answer, value }, invocation) => {
    const typed = String(code)
    const held = await asking.find(typed, invocation)
    if (!held) throw new UsageError(`Nothing waits for an answer under ${quoteInput(typed)} here.`)
    const line = recall(held, invocation)
    return kind === 'confirm'
      ? await confirm(typed, held, line, answer === 'yes', invocation)
      : await fillIn(typed, held, line, String(value), invocation)
  }

  /** The line as its asker typed it, in the place of the answer: what it says goes where the answer came from. */
  function recall(held: PendingCall, invocation: Invocation): ResolvedCall {
    const words = tokenize(held.text)
    const found = resolveCommand(registry, words)
    if (!found?.entry) throw new UsageError(`There is no command ${quoteInput(held.text)} any more.`)
    const { text, user, answers } = held
    // Roles may have changed since: of who is here now, they are known.
    const asker = user.id === invocation.user.id ? invocation.user : user
    const mentions = [...held.mentions, ...invocation.mentions]
    return { found, entry: found.entry, words, invocation: { ...invocation, text, user: asker, mentions }, answers }
  }

  async function confirm(
    code: string,
    held: PendingCall,
    line: ResolvedCall,
    yes: boolean,
    by: Invocation,
  ): Promise<ResumedCall> {
    const asker = line.invocation.user
    const { policy } = registry
    const consent = requiredConfirmation(line.entry, policy.evaluate(line.entry, line.invocation)) ?? askersOwn
    const equals = consent.second && consent.by.length === 0
    const agrees = canConfirm(consent, asker, by.user) && !(equals && (await denialReason(line.entry, by, policy)))
    // Whoever asked may take it back.
    if (!agrees && (yes || by.user.id !== asker.id)) {
      throw new ForbiddenError(`Only ${describeApprovers(consent, asker)} may answer that.`)
    }
    if (held.option !== undefined)
      throw new UsageError(`That asks for ${kebab(held.option)}: type /answer ${code} <value>.`)
    await take(code, held, by)
    log.info({ invocation: by.id, asked: held.id, by: by.user.id, yes }, 'answered')
    if (yes) return { line: { ...line, confirmedBy: by.user } }
    const text = `Not run: ${quoteInput(held.text.trim())}`
    return { reply: consent.by.length > 0 || consent.second ? say(text) : whisper(text), outcome: 'done' }
  }

  async function fillIn(
    code: string,
    held: PendingCall,
    line: ResolvedCall,
    value: string,
    by: Invocation,
  ): Promise<ResumedCall> {
    const asker = line.invocation.user
    if (by.user.id !== asker.id) throw new ForbiddenError(`Only ${asker.name} may answer that.`)
    const { option } = held
    if (option === undefined)
      throw new UsageError(`That wants a yes or no: type /confirm ${code}, or /confirm ${code} no.`)
    const answered = { ...line, answers: { ...line.answers, [option]: textsOf(value, line.entry, option) } }
    const { found, entry, words, invocation, answers } = answered
    const parsed = await parse(entry.compiledOptions, invocation.text, words.slice(found.depth), invocation, answers)
    const wrong = 'faults' in parsed ? parsed.faults.find((fault) => fault.option === option) : undefined
    // The question stands: a slip is no answer.
    if (wrong) throw new UsageError(`${wrong.message}\nType /answer ${code} <${kebab(option)}>.`)
    await take(code, held, by)
    return { line: answered }
  }

  /** The first answer in time counts, once. */
  async function take(code: string, held: PendingCall, by: Invocation): Promise<void> {
    if (now() >= held.until) throw new UsageError('The time to answer is over: type the command again.')
    if (!(await asking.claim(code, by))) throw new UsageError('That was answered already: type the command again.')
  }
}

/** A call that nobody's consent is asked for any more. */
const askersOwn: RequiredConfirmation = { question: '', by: [], second: false }

/** The words of an answer: one text, quotes and all unless they hold it whole, or a list where the option takes one. */
function textsOf(value: string, { compiledOptions: takes }: CompiledCommand, option: string): readonly string[] {
  const words = tokenize(value).map(({ text }) => text)
  const many = takes.options.some(({ name, many }) => many && name === option)
  return many || words.length === 1 ? words : [value]
}
