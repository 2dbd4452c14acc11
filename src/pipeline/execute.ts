import { setImmediate } from 'node:timers/promises'
import { InvalidReplyError, normalizeReply, type Steps, stepsOf } from '../delivery/normalize-reply.js'
import type { CommandContext, CommandMiddleware, TenantStore } from '../model/command.js'
import { isBotError } from '../model/errors.js'
import type { Invocation, User } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, whisper } from '../model/reply.js'
import { usageLine } from '../parsing/usage.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { ScheduleLine } from '../scheduler/delayed-jobs.js'
import type { Clock } from '../shared/clock.js'
import { messageOf, stackOf } from '../shared/error-details.js'
import { type LazyAbortController, onAbort } from '../shared/lazy-abort.js'
import type { Store } from '../stores/store.js'
import { createTenantStore } from '../stores/tenant-store.js'
import { wrapRun } from './middleware.js'
import type { ReplyChannel } from './reply-channel.js'

/** One call that is about to run. Values that few commands use are created on first use. */
export interface ExecuteDeps {
  readonly compiled: CompiledCommand
  readonly values: Readonly<Record<string, unknown>>
  readonly invocation: Invocation
  /** Who confirmed the call, if it needed confirmation. */
  readonly confirmedBy?: User | undefined
  readonly store: Store
  readonly log: () => Logger
  readonly clock: Clock
  readonly later: ScheduleLine
  /** Middleware for every call, outermost first. */
  readonly middleware?: readonly CommandMiddleware[] | undefined
  /** Aborted when the bot stops. */
  readonly signal: AbortSignal
}

/** How a call ended, and the last reply about it. */
export interface ExecutionResult {
  readonly outcome: Outcome
  readonly notice?: Reply
}

/** Runs a command, puts its replies into the channel and resolves with how it ended. Never rejects. */
export function execute(deps: ExecuteDeps, channel: ReplyChannel, own: LazyAbortController): Promise<ExecutionResult> {
  const { signal, compiled, log, clock } = deps
  const { timeoutMs } = compiled
  return new Promise((resolve) => {
    let isOver = false
    let unheeded = () => {}
    const forget = onAbort(signal, () => own.now(() => signal.reason))
    const finish = (how: ExecutionResult) => {
      isOver = true
      cancel()
      forget()
      resolve(how)
    }
    const cancel = clock.after(timeoutMs, () => {
      log().warn({ timeoutMs }, 'command timed out')
      finish({ outcome: 'timeout', notice: failureNotice(deps, 'took too long and was given up', 'warning') })
      own.now(() => new DOMException('The command took too long.', 'TimeoutError'))
      unheeded = clock.after(5_000, () => log().warn({}, 'command ignores its abort signal and is still running'))
    })
    produce(deps, channel, own).then(
      (how) => (isOver ? unheeded() : finish(how)),
      (error: unknown) => (isOver ? unheeded() : finish(endOf(error, deps, own))),
    )
  })
}

/** What `run` gets. The getters are shared, because V8 keeps a hidden class for each new set of them. */
class OneCall implements CommandContext {
  readonly options: CommandContext['options']
  readonly invocation: CommandContext['invocation']
  declare readonly signal: AbortSignal
  declare readonly store: TenantStore
  declare readonly log: Logger
  declare readonly later: CommandContext['later']
  readonly #deps: ExecuteDeps
  readonly #stop: LazyAbortController
  #count = 0
  #store: TenantStore | undefined

  constructor(deps: ExecuteDeps, abort: LazyAbortController) {
    this.options = deps.values as CommandContext['options']
    this.invocation = asSeen(deps)
    this.#deps = deps
    this.#stop = abort
    Object.defineProperties(this, OneCall.#onDemand)
  }

  /** Own properties, so that `{ ...call }` includes them. */
  static readonly #onDemand: PropertyDescriptorMap & ThisType<OneCall> = {
    signal: {
      enumerable: true,
      get() {
        return this.#stop.signal
      },
    },
    store: {
      enumerable: true,
      get() {
        this.#store ??= createTenantStore(this.#deps.store, this.#deps.invocation)
        return this.#store
      },
    },
    log: {
      enumerable: true,
      get() {
        return this.#deps.log()
      },
    },
    later: {
      enumerable: true,
      get(): CommandContext['later'] {
        const { later, invocation } = this.#deps
        return (when, call) => later(invocation, this.#count++, when, call)
      },
    },
  }
}

/** Written out, because V8 keeps objects made by spreading for long. */
function asSeen({ invocation, compiled, confirmedBy }: ExecuteDeps): CommandContext['invocation'] {
  const { id, platform, installation, tenant, room, user, text, mentions, at, replyTo, scheduled } = invocation
  return {
    id,
    platform,
    installation,
    tenant,
    room,
    user,
    text,
    mentions,
    at,
    replyTo,
    scheduled,
    command: compiled.name,
    confirmedBy,
  }
}

async function produce(deps: ExecuteDeps, channel: ReplyChannel, abort: LazyAbortController): Promise<ExecutionResult> {
  const { compiled, log } = deps
  const call = new OneCall(deps, abort)
  const { run } = compiled.command
  const wrapped = deps.middleware?.length ? wrapRun(run, deps.middleware) : run
  const answers: unknown = await wrapped(call)
  const steps = stepsOf(answers)
  const reply = steps ? undefined : normalizeReply(answers)
  const flooded = steps ? await takeSteps(steps, channel, abort) : reply !== undefined && !channel.put(reply)
  if (!flooded) return { outcome: 'done' }
  log().error({}, 'command exceeded the output limit')
  return { outcome: 'failed', notice: failureNotice(deps, 'was stopped: it said too much', 'bad') }
}

/** Takes what a generator yields until it is done. Resolves with true if it exceeds the output limit. */
async function takeSteps(steps: Steps, channel: ReplyChannel, abort: LazyAbortController): Promise<boolean> {
  for (let count = 1; ; count++) {
    const step = await steps.next()
    const taken = offer(channel, step.value)
    if (step.done) return !taken
    if (!taken) {
      // Not awaited: a command that floods may hang as well.
      Promise.resolve(steps.return?.(undefined)).catch(() => undefined)
      return !abort.stopped
    }
    // A generator that never awaits would keep the timeout from firing.
    if (count % 50 === 0) await setImmediate()
  }
}

function offer(channel: ReplyChannel, answer: unknown): boolean {
  const reply = normalizeReply(answer)
  return reply === undefined || channel.put(reply)
}

/** The result of a call that threw. Reading what a command threw may itself throw. */
function endOf(error: unknown, deps: ExecuteDeps, abort: LazyAbortController): ExecutionResult {
  try {
    return judgeError(error, deps, abort)
  } catch {
    deps.log().error({ error: stackOf(error) }, 'command failed')
    return { outcome: 'failed', notice: failureNotice(deps, 'failed', 'bad') }
  }
}

/** Tells the room what it may know of an error, and logs the rest. */
function judgeError(error: unknown, deps: ExecuteDeps, abort: LazyAbortController): ExecutionResult {
  const { compiled, log, signal } = deps
  // The call has already timed out, so an error thrown on abort is not a failure.
  if (abort.stopped && !signal.aborted) return { outcome: 'timeout' }
  if (isBotError(error, 'usage')) {
    return {
      outcome: 'usage',
      notice: whisper(messageOf(error) || `Usage: ${usageLine(compiled.name, compiled.compiledOptions)}`),
    }
  }
  if (isBotError(error, 'forbidden'))
    return { outcome: 'forbidden', notice: whisper(messageOf(error) || 'You may not do that here.') }
  if (signal.aborted) {
    log().warn({ error: located(error, compiled) }, 'command interrupted')
    return { outcome: 'interrupted', notice: failureNotice(deps, 'was interrupted: the bot is stopping', 'warning') }
  }
  log().error(
    { error: error instanceof InvalidReplyError ? error.message : located(error, compiled) },
    'command failed',
  )
  return { outcome: 'failed', notice: failureNotice(deps, 'failed', 'bad') }
}

function located(error: unknown, { locate }: CompiledCommand): string {
  const stack = stackOf(error)
  return locate ? locate(stack) : stack
}

/** The notice to the caller of a failed call, with the id that the log has. */
export function failureNotice(
  { compiled, invocation }: Pick<ExecuteDeps, 'compiled' | 'invocation'>,
  what: string,
  tone: 'warning' | 'bad',
): Reply {
  return whisper(`/${compiled.name} ${what} (id ${invocation.id}).`, { tone })
}
