import { createFifo, type Fifo } from '../../../shared/fifo.js'
import type { Job } from './talk.js'

/** Waiting talks, in order for each target; targets take turns, line by line. */
export interface Lanes {
  add(target: string, job: Job): void
  /** The job whose line is next; undefined if no line is waiting. */
  next(): Job | undefined
  takeAll(): readonly Job[]
}

/** Creates empty lanes. */
export function createLanes(): Lanes {
  const lanes = new Map<string, Fifo<Job>>()
  return {
    add(target, job) {
      const lane = lanes.get(target) ?? createFifo<Job>()
      lane.add(job)
      lanes.set(target, lane)
    },
    next() {
      for (const [target, lane] of lanes) {
        lanes.delete(target)
        let job = lane.first()
        while (job && (job.isOver || job.next >= job.talk.lines.length)) {
          lane.take()
          job = lane.first()
        }
        if (!job) continue
        lanes.set(target, lane)
        return job
      }
      return undefined
    },
    takeAll() {
      const all: Job[] = []
      for (const lane of lanes.values()) for (let job = lane.take(); job; job = lane.take()) all.push(job)
      return all
    },
  }
}
