import type { Clock } from '../shared/clock.js'
import { type CronRunnerDeps, createCronRunner } from './cron-runner.js'
import { createDelayedJobRunner } from './delayed-job-runner.js'
import { createDelayedJobStore, type ScheduleLine } from './delayed-jobs.js'
import { createDueTimer, type DueTimer } from './due-timer.js'

/** Runs delayed lines and commands with a schedule. */
export interface Scheduler {
  readonly later: ScheduleLine
  /** Runs what became due while no process was running, then what becomes due. Never throws. */
  start(accept: CronRunnerDeps['accept']): Promise<void>
  /** Runs nothing more; pending work is left to others or to the next start. */
  stop(): void
}

/** What a scheduler needs. */
export interface SchedulerDeps extends Omit<CronRunnerDeps, 'accept'> {
  readonly clock: Clock
  /**
   * Interval between looks at the clock and for what other processes left, in milliseconds; Infinity for a clock that moves
   * only by its timers.
   */
  readonly lookMs?: number
}

/**
 * Creates the scheduler. Jobs are kept in the store, and the journal runs each once. The process that adds a job sets a
 * timer for it too; if it dies before, another process finds the job within a minute.
 */
export function createScheduler({ lookMs = 60_000, ...deps }: SchedulerDeps): Scheduler {
  const { registry, store, platforms, log, clock } = deps
  const jobs = createDelayedJobStore({ store, platforms, now: clock.now })
  let lines: ReturnType<typeof createDelayedJobRunner> | undefined
  let stop = () => {}

  return {
    async later(...asked) {
      const waiting = await jobs.keep(...asked)
      lines?.expect(waiting)
      return waiting.invocation.id
    },
    async start(accept) {
      const cronRunner = createCronRunner({ ...deps, accept })
      const due = createDueTimer({ clock, lookMs, next: cronRunner.next, act: cronRunner.turn })
      const waiting = createDelayedJobRunner({ jobs, store, platforms, log, clock, accept, lookMs })
      const forget = registry.onChange(due.set)
      const ends: readonly Pick<DueTimer, 'stop'>[] = [due, cronRunner, waiting, { stop: forget }]
      stop = () => {
        for (const one of ends) one.stop()
      }
      lines = waiting
      await Promise.all([cronRunner.turn(clock.now()), waiting.start()])
      due.set()
    },
    stop() {
      stop()
      lines = undefined
    },
  }
}
