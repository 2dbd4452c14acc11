import { setImmediate } from 'node:timers/promises'
import type { Answers, Call, Command, TenantStore } from '../model/command.js'
import { hasCode } from '../model/errors.js'
import type { Invocation, User } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import { type Outcome, type Reply, whisper } from '../model/reply.js'
import { type Belt, createBelt } from './belt.js'
import type { Clock } from './clock.js'
import type { Entry } from './entry.js'
import type { Later } from './later.js'
import { NoReplyError, toReply } from './replies.js'
import { toMilliseconds } from './shape.js'
import { usageLine } from './usage.js'

/** One call that may begin. */
export interface RunParts {
  readonly entry: Entry
  readonly values: Readonly<Record<string, unknown>>
  readonly invocation: Invocation
  /** Who said yes, where that was asked for. */
  readonly confirmedBy?: User
  readonly store: TenantStore
  readonly log: Log
  readonly clock: Clock
  readonly later: Later
  /** Aborted when the bot stops. */
  readonly signal: AbortSignal
}

/** Runs a command at its own pace, and gives its replies as they are asked for. Never throws. */
export async function* run(parts: RunParts): AsyncGenerator<Reply, Outcome> {
  const belt = createBelt()
  const stop = createStop()
  const outcome = drive(parts, belt, stop)
  try {
    yield* belt.take()
    return await outcome
  } finally {
    // Also where nobody wants the replies any more.
    belt.end()
    stop.now(() => new DOMException('The call is over.', 'AbortError'))
  }
}

/** A signal that is made when it is first looked at: most commands never do, and it costs as much as they. */
interface Stop {
  readonly signal: AbortSignal
  readonly stopped: boolean
  /** Aborts, once. */
  now(reason: () => unknown): void
}

function createStop(): Stop {
  let controller: AbortController | undefined
  let why: (() => unknown) | undefined
  return {
    get signal() {
      controller ??= new AbortController()
      if (why && !controller.signal.aborted) controller.abort(why())
      return controller.signal
    },
    get stopped() {
      return why !== undefined
    },
    now(reason) {
      if (why) return
      why = reason
      controller?.abort(reason())
    },
  }
}

/** How a call ended, and the last thing to say of it. */
interface End {
  readonly outcome: Outcome
  readonly notice?: Reply
}

async function drive(parts: RunParts, belt: Belt, own: Stop): Promise<Outcome> {
  const { signal, entry, log, clock } = parts
  const stop = () => own.now(() => signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()

  const running = produce(parts, belt, own).catch((error: unknown): End => {
    // Given up already, or nobody listens: what a call says of its own end is no failure then.
    return own.stopped && !signal.aborted ? { outcome: 'timeout' } : endOf(error, parts)
  })
  const limit = timeoutOf(entry.command)
  let cancel = () => {}
  const late = new Promise<End>((resolve) => {
    cancel = clock.after(limit, () => {
      log.warn({ timeoutMs: limit }, 'command timed out')
      resolve({ outcome: 'timeout', notice: notice(parts, 'took too long and was given up', 'warning') })
      own.now(() => new DOMException('The command took too long.', 'TimeoutError'))
      const report = clock.after(5_000, () => log.warn({}, 'command ignores its signal and goes on'))
      void running.then(report)
    })
  })
  const { outcome, notice: last } = await Promise.race([running, late])
  cancel()
  signal.removeEventListener('abort', stop)
  belt.end(last)
  return outcome
}

/** How long a command may run. */
export function timeoutOf(command: Command): number {
  return toMilliseconds(command.timeout) ?? 30_000
}

async function produce(parts: RunParts, belt: Belt, stop: Stop): Promise<End> {
  const { entry, values, invocation, confirmedBy, store, log } = parts
  let count = 0
  const call: Call = {
    options: values as Call['options'],
    invocation: { ...invocation, command: entry.name, ...(confirmedBy ? { confirmedBy } : {}) },
    get signal() {
      return stop.signal
    },
    store,
    log,
    get later() {
      return (when: number | string | Date, line: string) => parts.later(invocation, count++, when, line)
    },
  }
  const answers: Answers | Iterable<unknown> = await entry.command.run(call)
  const flooded = isSteps(answers) ? await takeSteps(answers, belt, stop) : !offer(belt, answers)
  if (!flooded) return { outcome: 'done' }
  log.error({}, 'command said too much')
  return { outcome: 'failed', notice: notice(parts, 'was stopped: it said too much', 'bad') }
}

/** Takes what a generator yields until it is done. True: it floods. */
async function takeSteps(steps: Steps, belt: Belt, stop: Stop): Promise<boolean> {
  for (let count = 1; ; count++) {
    const step = await steps.next()
    const taken = offer(belt, step.value)
    if (step.done) return !taken
    if (!taken) {
      // Not waited for: what floods may hang as well.
      Promise.resolve(steps.return?.(undefined)).catch(() => undefined)
      return !stop.stopped
    }
    // One that yields without ever waiting would keep the timer from ending it.
    if (count % 50 === 0) await setImmediate()
  }
}

function offer(belt: Belt, answer: unknown): boolean {
  const reply = toReply(answer)
  return reply === undefined || belt.put(reply)
}

/** A generator, or an async one. */
interface Steps {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>
  return?(value: unknown): unknown
}

function isSteps(value: unknown): value is Steps {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
}

/** Tells the room what it may know of an error, and the log the rest. */
function endOf(error: unknown, parts: RunParts): End {
  const { entry, log, signal } = parts
  if (hasCode(error, 'usage')) {
    return { outcome: 'usage', notice: whisper(error.message || `Usage: ${usageLine(entry.name, entry.takes)}`) }
  }
  if (hasCode(error, 'forbidden'))
    return { outcome: 'forbidden', notice: whisper(error.message || 'You may not do that here.') }
  if (signal.aborted) {
    log.warn({ error: stackOf(error, entry) }, 'command interrupted')
    return { outcome: 'interrupted', notice: notice(parts, 'was interrupted: the bot is stopping', 'warning') }
  }
  log.error({ error: error instanceof NoReplyError ? error.message : stackOf(error, entry) }, 'command failed')
  return { outcome: 'failed', notice: notice(parts, 'failed', 'bad') }
}

function stackOf(error: unknown, { locate }: Entry): string {
  const stack = error instanceof Error ? (error.stack ?? `${error}`) : String(error)
  return locate ? locate(stack) : stack
}

/** What the asker is told when a call ends badly; the log has the same id. */
export function notice(
  { entry, invocation }: Pick<RunParts, 'entry' | 'invocation'>,
  what: string,
  tone: 'warning' | 'bad',
): Reply {
  return whisper(`/${entry.name} ${what} (id ${invocation.id}).`, { tone })
}
