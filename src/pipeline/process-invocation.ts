import { type Outbox, undeliveredOutcome } from '../delivery/outbox.js'
import type { Processor } from '../journal/work-queue.js'
import type { CommandMiddleware } from '../model/command.js'
import { ForbiddenError, isBotError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, whisper } from '../model/reply.js'
import { parse } from '../parsing/parse-options.js'
import type { Platform } from '../platforms/platform.js'
import { authorize, isScheduledBy } from '../policy/authorization.js'
import { acquireCooldown } from '../policy/cooldown.js'
import { type Decision, noPolicy, type Policy } from '../policy/policy.js'
import { confirmationPrompt, requiredConfirmation } from '../prompts/confirmation.js'
import { optionPrompt, optionToAsk } from '../prompts/option-prompt.js'
import { createPendingCalls } from '../prompts/pending-calls.js'
import { createResumeCall } from '../prompts/resume-call.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { type Registry, type ResolvedCall, resolveCall, type UnresolvedCall } from '../registry/registry.js'
import { createDelayedJobStore, type ScheduleLine } from '../scheduler/delayed-jobs.js'
import { type Clock, systemClock } from '../shared/clock.js'
import { withDeadline } from '../shared/deadline.js'
import { messageOf, stackOf } from '../shared/error-details.js'
import { LazyAbortController } from '../shared/lazy-abort.js'
import { once } from '../shared/once.js'
import { inSpan } from '../shared/tracing.js'
import type { Store } from '../stores/store.js'
import { type ExecutionResult, execute, failureNotice } from './execute.js'
import { endOverShare } from './over-share.js'
import { endRecovered, recoverReplies, recoveryAction } from './recover.js'
import { createReplyChannel, type ReplyChannel } from './reply-channel.js'
import { unknownCommandNotice, usageNotice } from './usage-notices.js'

/** What processing journal entries needs. */
export interface ProcessorDeps extends RunCallDeps {
  readonly platforms: readonly Platform[]
  readonly outbox: Outbox
  /** Aborted when the bot stops. */
  readonly signal: AbortSignal
  /** `whenIdle` is set while commands have to wait before they start. */
  readonly ackPriority?: { readonly whenIdle?: (() => Promise<void>) | undefined }
  /** Called when a call has ended, with the milliseconds it took. */
  onEnded?(invocation: Invocation, command: string, outcome: Outcome, ms: number): void
}

/** Creates the processor of journal entries: resolve, run (the steps of `createRunCall`), deliver, close. */
export function createProcessor(deps: ProcessorDeps): Processor {
  const { registry, platforms, outbox, log, signal, ackPriority } = deps
  const byName = new Map(platforms.map((platform) => [platform.name, platform]))
  const run = createRunCall(deps)

  return (entry, onRunEnd, over) =>
    inSpan('slashroom.call', { 'slashroom.invocation': entry.invocation.id }, async (span) => {
      const { invocation, recovery } = entry
      const began = Date.now()
      const platform = byName.get(invocation.platform)
      if (!platform) {
        log.error(
          { invocation: invocation.id, platform: invocation.platform },
          'call dropped: its platform is not enabled',
        )
        return 'undeliverable'
      }

      const call = resolveCall(registry, invocation)
      const command = call.compiled?.name ?? ''
      span.setAttribute('slashroom.command', command)

      // A call left by an earlier process enters here: it is run again, or only its replies are delivered.
      const action = recovery ? recoveryAction(recovery, call.compiled?.command.idempotent === true) : 'run'
      if (recovery) log.warn({ invocation: invocation.id, step: action }, 'call resumed after a crash')
      const abort = new LazyAbortController()
      const replies = createReplyChannel({
        transport: platform,
        checkpoints: entry,
        recorded: recovery ? await recoverReplies(entry, action) : [],
        isPublic: invocation.scheduled !== undefined,
        onAbandoned: () => abort.now(callEndedError),
      })

      // Replies are delivered while the command runs; a failed delivery is handled when the run is over.
      const delivery = outbox.send({
        invocation,
        replies,
        transport: platform,
        checkpoints: entry,
        ackSlot: entry.ackSlot,
      })
      delivery.catch(() => undefined)

      if (over) endOverShare(entry, over, replies)
      else if (action === 'run') {
        await ackPriority?.whenIdle?.()
        await entry.begin()
        void run(call, replies, abort, signal)
      } else if (recovery) endRecovered(invocation, command, recovery, replies)
      const ended = await replies.ended
      onRunEnd()

      const outcome = await delivery.then(() => ended, undeliveredOutcome)
      await platform.onInvocationEnd?.(invocation, outcome).catch((error: unknown) => {
        log.warn(
          { invocation: invocation.id, reason: messageOf(error) },
          'the platform could not be told that the call ended',
        )
      })
      report(invocation, command, outcome, Date.now() - began, deps)
      return outcome
    })
}

/** What running calls needs. */
export interface RunCallDeps {
  readonly registry: Registry
  readonly policy?: Policy
  readonly store: Store
  readonly log: Logger
  readonly clock?: Clock
  /** Middleware for every call, outermost first; read when a call starts. */
  readonly middleware?: { readonly current: readonly CommandMiddleware[] }
  /** Runs a line later. By default it is only stored, for another process to run. */
  readonly later?: ScheduleLine
}

/** Runs a call, and ends its replies. `signal` is aborted when the bot stops, `abort` when this call is over. Never rejects. */
export type RunCall = (
  call: ResolvedCall | UnresolvedCall,
  replies: ReplyChannel,
  abort: LazyAbortController,
  signal: AbortSignal,
) => Promise<void>

/** Creates a function that runs calls, step by step: authorize, parse, prompt, cool down, execute. */
export function createRunCall(deps: RunCallDeps): RunCall {
  const { registry, policy = noPolicy, store, log, clock = systemClock } = deps
  const later = deps.later ?? keepForLater(store, clock)
  const catalog = { registry, policy }
  const pendingCalls = createPendingCalls(store, clock.now)
  const resumeCall = createResumeCall({ registry, policy, pendingCalls, now: clock.now, log })

  return async (call, replies, abort, signal) => {
    try {
      const { outcome, notice } = await run(call, replies, abort, signal)
      replies.end(outcome, notice)
    } catch (error) {
      log.error({ invocation: call.invocation.id, error: stackOf(error) }, 'call failed without an answer')
      replies.end('failed')
    }
    abort.now(callEndedError)
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
      const middleware = deps.middleware?.current
      const execution = {
        compiled,
        values,
        invocation,
        confirmedBy,
        store,
        log: callLog,
        clock,
        signal,
        later,
        middleware,
      }
      return await execute(execution, replies, abort)
    } catch (error) {
      if (isBotError(error, 'forbidden') || isBotError(error, 'usage'))
        return { outcome: error.code === 'usage' ? 'usage' : 'forbidden', notice: whisper(error.message) }
      callLog().error({ error: stackOf(error) }, 'command failed before it ran')
      return { outcome: 'failed', notice: failureNotice({ compiled, invocation }, 'failed', 'bad') }
    }
  }

  /**
   * Order matters: permission is checked before usage is shown, options are validated before confirmation is asked for,
   * and the cooldown starts last.
   */
  async function admit(call: ResolvedCall): Promise<Admission> {
    const { match, compiled, words, invocation, answers } = call
    const { decision, denied } = await authorize(compiled, invocation, policy)
    if (denied !== undefined) throw new ForbiddenError(denied)

    const parsed = await parse(compiled.compiledOptions, invocation.text, words.slice(match.depth), invocation, answers)
    if ('errors' in parsed) {
      const missing = optionToAsk(compiled.compiledOptions, parsed.errors)
      if (!missing) return { outcome: 'usage', notice: await usageNotice(call, parsed.errors, catalog) }
      const code = await pendingCalls.add(invocation, answers, missing.name)
      return { outcome: 'done', notice: optionPrompt(missing, code) }
    }
    if (compiled.answers) return await resumeCall(compiled.answers, parsed.values, invocation)

    const confirmation = mustAsk(call, decision) ? requiredConfirmation(compiled, decision) : undefined
    if (confirmation) {
      const code = await pendingCalls.add(invocation, answers)
      const asked = { caller: invocation.user, line: invocation.text, answers, code }
      return { outcome: 'done', notice: confirmationPrompt(confirmation, asked) }
    }

    if (compiled.command.cooldown) await acquireCooldown(compiled, invocation, store, clock.now)
    return parsed
  }
}

/** The result of admitting a call: it may run, it ends with a notice, or it resumes another call. */
type Admission =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly outcome: Outcome; readonly notice: Reply }
  | { readonly call: ResolvedCall }

/** Abort reason of a call that has ended. */
export function callEndedError(): DOMException {
  return new DOMException('The call is over.', 'AbortError')
}

function report(
  invocation: Invocation,
  command: string,
  outcome: Outcome,
  ms: number,
  { log, onEnded }: ProcessorDeps,
): void {
  onEnded?.(invocation, command, outcome, ms)
  if (outcome === 'ignored') return
  const { id, platform, installation, room, user } = invocation
  const who = { invocation: id, command: command || undefined, platform, installation, room: room.id, user: user.id }
  log.info(Object.assign(who, { outcome, ms }), 'ended')
}

/** A call that was confirmed, or that the command's own schedule started, needs no confirmation. */
function mustAsk({ compiled, invocation, confirmedBy }: ResolvedCall, { decision }: Decision): boolean {
  if (!compiled.command.confirm && decision !== 'approve') return false
  return confirmedBy === undefined && !isScheduledBy(compiled.name, invocation)
}

/** Whether code of the command's author runs before the command itself; an answer resumes another command. */
function mayHang({ command, compiledOptions, answers }: CompiledCommand): boolean {
  return (
    answers !== undefined ||
    (typeof command.allow === 'object' && command.allow.when !== undefined) ||
    compiledOptions.hasSchema
  )
}

/** A schema or predicate that never settles must not block the call forever. */
function inTime<Value>(work: Promise<Value>, ms: number, clock: Clock): Promise<Value> {
  return withDeadline(work, ms, () => new Error('A schema or `allow.when` did not answer in time.'), clock)
}

function keepForLater(store: Store, { now }: Clock): ScheduleLine {
  const jobs = createDelayedJobStore({ store, now, platforms: () => [] })
  return async (...asked) => (await jobs.keep(...asked)).invocation.id
}
