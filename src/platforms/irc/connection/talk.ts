import type { DeliveryError } from '../../../model/errors.js'

/** Lines to one target, in order. */
export interface Talk {
  readonly verb: 'PRIVMSG' | 'NOTICE'
  /** A channel or a nick. */
  readonly target: string
  readonly lines: readonly string[]
  /** Called for each line that the server has accepted. */
  onTaken?(): void
}

/** A talk being sent. */
export interface Job {
  readonly talk: Talk
  /** The index of the next line, and how many the server has accepted. */
  next: number
  taken: number
  isOver: boolean
  resolve(): void
  reject(failure: DeliveryError): void
}

/** Records that a line was accepted, or refused, which ends the job. */
export function settle(job: Job, failure?: DeliveryError): void {
  if (job.isOver) return
  if (failure) {
    job.isOver = true
    job.reject(failure)
    return
  }
  job.taken += 1
  job.talk.onTaken?.()
  if (job.taken < job.talk.lines.length) return
  job.isOver = true
  job.resolve()
}
