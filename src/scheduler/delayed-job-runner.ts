import type { Clock } from '../shared/clock.js'
import type { CronRunnerDeps } from './cron-runner.js'
import type { DelayedJob, DelayedJobStore } from './delayed-jobs.js'
import { createDueTimer, retryMs } from './due-timer.js'

/** Runs delayed lines when they are due. */
export interface DelayedJobRunner {
  /** Runs overdue lines of any process and continues with later ones. Never throws. */
  start(): Promise<void>
  /** Called for a new line: this process runs it if it is still alive then. */
  expect(waiting: DelayedJob): void
  stop(): void
}

interface DelayedJobRunnerDeps extends Pick<CronRunnerDeps, 'store' | 'platforms' | 'log' | 'accept'> {
  readonly jobs: DelayedJobStore
  readonly clock: Clock
  readonly lookMs: number
}

/** Creates the runner. It keeps only jobs in memory that are due before it looks again. */
export function createDelayedJobRunner(deps: DelayedJobRunnerDeps): DelayedJobRunner {
  const { jobs, store, platforms, log, clock, accept, lookMs } = deps
  const soon = new Map<string, { readonly at: number; readonly waiting: DelayedJob }>()
  const dueTimer = createDueTimer({ clock, lookMs, next: nextDue, act: runDue })
  const lookTimer = createDueTimer({ clock, lookMs, next: () => nextLook, act: (now) => look(now) })
  let nextLook = lookAfter(clock.now())
  let stopped = false

  /** Aligned, so that all processes look at the same times. */
  function lookAfter(now: number): number {
    return (Math.floor(now / lookMs) + 1) * lookMs
  }

  function nextDue(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { at } of soon.values()) if (at < next) next = at
    return next
  }

  async function runDue(now: number): Promise<void> {
    const due = [...soon.values()].filter(({ at }) => at <= now)
    for (let from = 0; from < due.length && !stopped; from += atOnce) {
      await Promise.all(due.slice(from, from + atOnce).map(({ waiting }) => runOne(waiting)))
    }
  }

  async function runOne(waiting: DelayedJob): Promise<void> {
    const { id } = waiting.invocation
    try {
      if ((await jobs.isWaiting(waiting)) && (await isWanted(waiting))) await accept(waiting.invocation)
      await jobs.remove(waiting)
      soon.delete(id)
    } catch (error) {
      log.warn({ invocation: id, reason: String(error) }, 'line of later() not run yet')
      soon.set(id, { at: clock.now() + retryMs, waiting })
    }
  }

  async function isWanted({ invocation }: DelayedJob): Promise<boolean> {
    const { platform, installation, id } = invocation
    const chatPlatform = platforms().find(({ name }) => name === platform)
    const wanted = (await chatPlatform?.isInstalled?.(installation)) ?? true
    if (!wanted) log.info({ invocation: id, installation }, 'line of later() dropped: uninstalled')
    return wanted
  }

  /** One process at a time looks for all of them; at its start, each looks once. */
  async function look(now: number, first = false): Promise<void> {
    nextLook = lookAfter(now)
    try {
      const turn = `later-look/${Math.floor(now / lookMs)}`
      if (!first && !(await store.add(turn, true, { ttlMs: 2 * lookMs }))) return
      for await (const waiting of jobs.list()) {
        if (stopped) return
        // If it is unknown now, it is checked again when the line is due.
        if (await isWanted(waiting).catch(() => true)) expect(waiting)
        else await jobs.remove(waiting)
      }
    } catch (error) {
      log.warn({ reason: String(error) }, 'lines of later() could not be read')
    }
  }

  function expect(waiting: DelayedJob): void {
    const { id } = waiting.invocation
    if (soon.has(id) || waiting.due > nextLook + marginMs) return
    soon.set(id, { at: waiting.due, waiting })
    dueTimer.set()
  }

  return {
    async start() {
      const now = clock.now()
      await look(now, true)
      await runDue(now)
      dueTimer.set()
      lookTimer.set()
    },
    expect,
    stop() {
      stopped = true
      dueTimer.stop()
      lookTimer.stop()
      soon.clear()
    },
  }
}

/** More than clocks and timers of processes differ by. */
const marginMs = 5_000
const atOnce = 50
