import type { DeliveryError } from '../../../model/errors.js'

/** Lines to one target, in order. */
export interface Talk {
  readonly verb: 'PRIVMSG' | 'NOTICE'
  /** A channel or a nick. */
  readonly target: string
  readonly lines: readonly string[]
  /** Told of each line that the server has taken. */
  onTaken?(): void
}

/** A talk on its way. */
export interface Job {
  readonly talk: Talk
  /** The next line's place, and how many the server has taken. */
  next: number
  taken: number
  isOver: boolean
  resolve(): void
  reject(failure: DeliveryError): void
}

/** A line of it was taken, or refused: that ends it. */
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
