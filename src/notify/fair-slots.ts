import { createFifo, type Fifo } from '../shared/fifo.js'
import { createCounts } from './counts-by-key.js'

/** Lets only so many things be done at a time. */
export interface FairSlots {
  /** Takes a slot as soon as there is one, and gives what gives it back; owners take turns, each with what came first. */
  enter(owner: string): Promise<() => void>
}

/** Creates so many slots. No owner has more than three quarters of them: others need not wait where nothing ends. */
export function createFairSlots(count: number): FairSlots {
  const most = Math.ceil(count * 0.75)
  const waiting = new Map<string, Fifo<() => void>>()
  const taken = createCounts()
  let free = count

  const mayEnter = (owner: string) => free > 0 && taken.of(owner) < most

  function take(owner: string): void {
    free--
    taken.add(owner, 1)
  }

  /** Whose turn it was goes to the end, behind all others. */
  function leave(left: string): void {
    free++
    taken.add(left, -1)
    for (const [owner, line] of waiting) {
      if (!mayEnter(owner)) continue
      const next = line.take()
      waiting.delete(owner)
      if (line.size() > 0) waiting.set(owner, line)
      take(owner)
      next?.()
      return
    }
  }

  function untilFree(owner: string): Promise<void> {
    const line = waiting.get(owner) ?? createFifo<() => void>()
    waiting.set(owner, line)
    return new Promise((resolve) => line.add(resolve))
  }

  return {
    async enter(owner) {
      if (mayEnter(owner)) take(owner)
      else await untilFree(owner)
      return () => leave(owner)
    },
  }
}
