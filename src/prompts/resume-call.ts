import { ForbiddenError, UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, say, whisper } from '../model/reply.js'
import { parse } from '../parsing/parse-options.js'
import { quoteInput } from '../parsing/quote-input.js'
import { tokenize } from '../parsing/tokenize.js'
import { authorize } from '../policy/authorization.js'
import type { Policy } from '../policy/policy.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { Registry } from '../registry/registry.js'
import { type ResolvedCall, resolveCall } from '../registry/registry.js'
import { kebab } from '../shared/kebab.js'
import { canConfirm, describeApprovers, type RequiredConfirmation, requiredConfirmation } from './confirmation.js'
import type { PendingCall, PendingCalls } from './pending-calls.js'

/** The result of an answer: the call to run, or a notice. */
export type ResumedCall = { readonly call: ResolvedCall } | { readonly outcome: Outcome; readonly notice: Reply }

/** Resumes the call that `/confirm` or `/answer` was typed for. Throws UsageError and ForbiddenError. */
export type ResumeCall = (
  kind: NonNullable<CompiledCommand['answers']>,
  values: Readonly<Record<string, unknown>>,
  invocation: Invocation,
) => Promise<ResumedCall>

interface ResumeCallDeps {
  readonly registry: Registry
  readonly policy: Policy
  readonly pendingCalls: PendingCalls
  readonly log: Logger
  now(): number
}

/** Creates the function. A code alone proves nothing, so the author of each answer is checked. */
export function createResumeCall({ registry, policy, pendingCalls, log, now }: ResumeCallDeps): ResumeCall {
  return async (kind, { code, answer, value }, invocation) => {
    const typed = String(code)
    const pending = await pendingCalls.find(typed, invocation)
    if (!pending) throw new UsageError(`There is no pending question with the code ${quoteInput(typed)} here.`)
    const call = recall(pending, invocation)
    const given = { code: typed, pending, call, by: invocation }
    return kind === 'confirm' ? await confirm(given, answer === 'yes') : await fillIn(given, String(value))
  }

  /** The original line in place of the answer, so that its replies go where the answer came from. */
  function recall(pending: PendingCall, invocation: Invocation): ResolvedCall {
    const { text, user, answers } = pending
    // Roles may have changed, but the current user's are known.
    const caller = user.id === invocation.user.id ? invocation.user : user
    const mentions = [...pending.mentions, ...invocation.mentions]
    const call = resolveCall(registry, { ...invocation, text, user: caller, mentions }, answers)
    if (!call.compiled) throw new UsageError(`The command ${quoteInput(pending.text)} no longer exists.`)
    return call
  }

  async function confirm({ code, pending, call, by }: GivenAnswer, yes: boolean): Promise<ResumedCall> {
    const caller = call.invocation.user
    const confirmation =
      requiredConfirmation(call.compiled, policy.evaluate(call.compiled, call.invocation)) ?? callersOwn
    const equals = confirmation.second && confirmation.by.length === 0
    const agrees =
      canConfirm(confirmation, caller, by.user) && !(equals && (await authorize(call.compiled, by, policy)).denied)
    // The caller may cancel it.
    if (!agrees && (yes || by.user.id !== caller.id)) {
      throw new ForbiddenError(`Only ${describeApprovers(confirmation, caller)} may answer that.`)
    }
    if (pending.option !== undefined)
      throw new UsageError(`That question asks for ${kebab(pending.option)}: type /answer ${code} <value>.`)
    await take(code, pending, by)
    log.info({ invocation: by.id, asked: pending.id, by: by.user.id, yes }, 'answered')
    if (yes) return { call: { ...call, confirmedBy: by.user } }
    const text = `Not run: ${quoteInput(pending.text.trim())}`
    return { outcome: 'done', notice: confirmation.by.length > 0 || confirmation.second ? say(text) : whisper(text) }
  }

  async function fillIn({ code, pending, call, by }: GivenAnswer, value: string): Promise<ResumedCall> {
    const caller = call.invocation.user
    if (by.user.id !== caller.id) throw new ForbiddenError(`Only ${caller.name} may answer that.`)
    const { option } = pending
    if (option === undefined)
      throw new UsageError(`That question needs a yes or no: type /confirm ${code}, or /confirm ${code} no.`)
    const answered = { ...call, answers: { ...call.answers, [option]: textsOf(value, call.compiled, option) } }
    const { match, compiled, words, invocation, answers } = answered
    const parsed = await parse(compiled.compiledOptions, invocation.text, words.slice(match.depth), invocation, answers)
    const wrong = 'errors' in parsed ? parsed.errors.find((fault) => fault.option === option) : undefined
    // The prompt stays open, because a typo is not an answer.
    if (wrong) throw new UsageError(`${wrong.message}\nType /answer ${code} <${kebab(option)}>.`)
    await take(code, pending, by)
    return { call: answered }
  }

  /** The first answer in time counts, once. */
  async function take(code: string, pending: PendingCall, by: Invocation): Promise<void> {
    if (now() >= pending.until) throw new UsageError('The time to answer has passed: type the command again.')
    if (!(await pendingCalls.claim(code, by)))
      throw new UsageError('That question was already answered: type the command again.')
  }
}

/** A code as typed, and the call that it belongs to. */
interface GivenAnswer {
  readonly code: string
  readonly pending: PendingCall
  readonly call: ResolvedCall
  readonly by: Invocation
}

/** A call that needs no further confirmation. */
const callersOwn: RequiredConfirmation = { question: '', by: [], second: false }

/** The answer's text: one text as typed, or a list if the option takes one. */
function textsOf(value: string, { compiledOptions }: CompiledCommand, option: string): readonly string[] {
  const words = tokenize(value).map(({ text }) => text)
  const many = compiledOptions.options.some(({ name, many }) => many && name === option)
  return many || words.length === 1 ? words : [value]
}
