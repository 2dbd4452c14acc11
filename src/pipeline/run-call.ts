import type { CommandMiddleware } from '../model/command.js'
import { ForbiddenError, isBotError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, whisper } from '../model/reply.js'
import { parse } from '../parsing/parse.js'
import { authorize, isScheduledBy } from '../policy/authorization.js'
import { acquireCooldown } from '../policy/cooldown.js'
import { noPolicy, type Policy } from '../policy/policy.js'
import { confirmationPrompt, requiredConfirmation } from '../prompts/confirmation.js'
import { optionPrompt, optionToAsk } from '../prompts/option-prompt.js'
import { createPendingCalls } from '../prompts/pending-calls.js'
import { createResumeCall } from '../prompts/resume-call.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { Registry } from '../registry/registry.js'
import type { ResolvedCall, UnresolvedCall } from '../registry/resolve-command.js'
import { createDelayedJobStore, type ScheduleLine } from '../scheduler/delayed-jobs.js'
import { type Clock, systemClock } from '../shared/clock.js'
import { withDeadline } from '../shared/deadline.js'
import { stackOf } from '../shared/error-details.js'
import { once } from '../shared/once.js'
import type { Store } from '../stores/store.js'
import { type ExecutionResult, execute, failureNotice } from './execute.js'
import type { LazyAbortController } from './lazy-abort.js'
import type { ReplyChannel } from './reply-channel.js'
import { unknownCommandNotice, usageNotice } from './usage-notices.js'

/** What calls are run with. */
export interface RunCallDeps {
  readonly registry: Registry
  readonly policy?: Policy
  readonly store: Store
  readonly log: Logger
  readonly clock?: Clock
  /** What every call goes through, as it stands when one begins. */
  readonly middleware?: () => readonly CommandMiddleware[]
  /** What types a line later; left out, it is kept in the store for whoever looks there. */
  readonly later?: ScheduleLine
}

/** Runs a call, and ends its replies. `signal` is aborted when the bot stops, `abort` when this call is over. Never rejects. */
export type RunCall = (
  call: ResolvedCall | UnresolvedCall,
  replies: ReplyChannel,
  abort: LazyAbortController,
  signal: AbortSignal,
) => Promise<void>

/** Makes what runs calls, step by step: authorize, parse, prompt, cool down, execute. */
export function createRunCall(deps: RunCallDeps): RunCall {
  const {
    registry,
    policy = noPolicy,
    store,
    log,
    clock = systemClock,
    later = keepForLater(store, clock),
    middleware = none,
  } = deps
  const catalog = { registry, policy }
  const pendingCalls = createPendingCalls(store, clock.now)
  const resumeCall = createResumeCall({ registry, policy, pendingCalls, now: clock.now, log })

  return async (call, replies, abort, signal) => {
    try {
      const { outcome, notice } = await run(call, replies, abort, signal)
      replies.end(outcome, notice)
    } catch (error) {
      log.error({ invocation: call.invocation.id, error: stackOf(error) }, 'not answered')
      replies.end('failed')
    }
    abort.now(callIsOver)
  }

  async function run(
    call: ResolvedCall | UnresolvedCall,
    replies: ReplyChannel,
    abort: LazyAbortController,
    signal: AbortSignal,
  ): Promise<ExecutionResult> {
    if (!call.compiled) {
      const notice = await unknownCommandNotice(call, catalog)
      return notice ? { outcome: 'usage', notice } : { outcome: 'ignored' }
    }
    const { compiled, invocation, confirmedBy } = call
    const callLog = once(() => log.child({ invocation: invocation.id, command: compiled.name }))
    try {
      const admitted = await (mayHang(compiled) ? inTime(admit(call), compiled.timeoutMs, clock) : admit(call))
      if ('outcome' in admitted) return admitted
      if ('call' in admitted) return await run(admitted.call, replies, abort, signal)
      const { values } = admitted
      return await execute(
        {
          compiled,
          values,
          invocation,
          confirmedBy,
          store,
          log: callLog,
          clock,
          signal,
          later,
          middleware: middleware(),
        },
        replies,
        abort,
      )
    } catch (error) {
      if (isBotError(error, 'forbidden') || isBotError(error, 'usage'))
        return { outcome: error.code === 'usage' ? 'usage' : 'forbidden', notice: whisper(error.message) }
      callLog().error({ error: stackOf(error) }, 'command failed before it ran')
      return { outcome: 'failed', notice: failureNotice({ compiled, invocation }, 'failed', 'bad') }
    }
  }

  /**
   * Who may not run a command is not told how it is used, who used it wrongly is not asked whether it was meant, and who
   * was asked has not had a turn.
   */
  async function admit(call: ResolvedCall): Promise<Admission> {
    const { match, compiled, words, invocation, answers } = call
    const { decision, denied } = await authorize(compiled, invocation, policy)
    if (denied !== undefined) throw new ForbiddenError(denied)

    const parsed = await parse(compiled.compiledOptions, invocation.text, words.slice(match.depth), invocation, answers)
    if ('faults' in parsed) {
      const missing = optionToAsk(compiled.compiledOptions, parsed.faults)
      if (!missing) return { outcome: 'usage', notice: await usageNotice(call, parsed.faults, catalog) }
      const code = await pendingCalls.add(invocation, answers, missing.name)
      return { outcome: 'done', notice: optionPrompt(missing, code) }
    }
    if (compiled.answers) return await resumeCall(compiled.answers, parsed.values, invocation)

    const confirmation = needsNoConfirmation(call) ? undefined : requiredConfirmation(compiled, decision)
    if (confirmation) {
      const code = await pendingCalls.add(invocation, answers)
      const asked = { caller: invocation.user, line: invocation.text, answers, code }
      return { outcome: 'done', notice: confirmationPrompt(confirmation, asked) }
    }

    await acquireCooldown(compiled, invocation, store, clock.now)
    return parsed
  }
}

/** What becomes of a call before its command runs: it may run, something is said instead, or it answers for another call. */
type Admission =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly outcome: Outcome; readonly notice: Reply }
  | { readonly call: ResolvedCall }

function none(): readonly CommandMiddleware[] {
  return []
}

/** Why a signal is aborted that nobody heeds any more. */
export function callIsOver(): DOMException {
  return new DOMException('The call is over.', 'AbortError')
}

function needsNoConfirmation({ compiled, invocation, confirmedBy }: ResolvedCall): boolean {
  return confirmedBy !== undefined || isScheduledBy(compiled.name, invocation)
}

/** Says whether anything of the author's is asked before the command runs; an answer leads to another command. */
function mayHang({ command, compiledOptions, answers }: CompiledCommand): boolean {
  return answers !== undefined || command.allow?.when !== undefined || compiledOptions.hasSchema
}

function keepForLater(store: Store, { now }: Clock): ScheduleLine {
  const jobs = createDelayedJobStore({ store, now, venues: () => [] })
  return async (...asked) => (await jobs.keep(...asked)).invocation.id
}

/** A schema or a predicate that never answers must not hold the call for ever. */
function inTime<Value>(work: Promise<Value>, ms: number, clock: Clock): Promise<Value> {
  return withDeadline(work, ms, () => new Error('The options were not checked in time.'), clock)
}
