import type { Clock } from '../../shared/clock.js'
import { createFifo, type Fifo } from '../../shared/fifo.js'

/** One turn at a time; those who wait take turns by the time that they have already had. */
export interface FairLane {
  /** Resolves when it is the owner's turn; an owner's turns come in order. */
  join(owner: string): Promise<void>
  /** Ends the current turn and starts the next; false if nobody waits. */
  startNext(): boolean
}

interface Owner {
  readonly waiting: Fifo<() => void>
  /** How long their turns took, in milliseconds. */
  spent: number
}

/**
 * Creates the lane, with a first turn that has begun. The next turn goes to whoever has had the least, or wants the least: at a
 * line a second, somebody with a single line must not wait for everybody who has many.
 */
export function createFairLane(first: string, clock: Pick<Clock, 'now'>): FairLane {
  const owners = new Map<string, Owner>([[first, { waiting: createFifo(), spent: 0 }]])
  let [current, since] = [first, clock.now()]

  /** What the one with the least has had, less the credit of those who come back. */
  function floor(): number {
    const active = [...owners].filter(([name, { waiting }]) => name === current || waiting.size() > 0)
    return Math.min(...active.map(([, { spent }]) => spent)) - creditMs
  }

  function endTurn(): void {
    const owner = owners.get(current)
    if (!owner) return
    owner.spent += Math.min(Math.max(clock.now() - since, 0), longestMs)
    owners.delete(current)
    owners.set(current, owner) // behind those who have had as much
    const least = floor()
    for (const [name, { waiting, spent }] of owners)
      if (waiting.size() === 0 && spent <= least && name !== current) owners.delete(name)
  }

  return {
    join(name) {
      const owner = owners.get(name) ?? { waiting: createFifo(), spent: 0 }
      if (owner.waiting.size() === 0 && name !== current) owner.spent = Math.max(owner.spent, floor())
      owners.set(name, owner)
      return new Promise((resolve) => owner.waiting.add(resolve))
    },
    startNext() {
      endTurn()
      const waiting = [...owners].filter(([, owner]) => owner.waiting.size() > 0)
      const [next] = waiting.sort(([, a], [, b]) => rank(a) - rank(b) || a.waiting.size() - b.waiting.size())
      if (!next) return false
      ;[current, since] = [next[0], clock.now()]
      next[1].waiting.take()?.()
      return true
    },
  }
}

/** Those who have had a few lines count as those who have had none. */
function rank({ spent }: Owner): number {
  return Math.floor(spent / 10_000)
}

/** How far somebody who was silent may be ahead of the others. */
const creditMs = 30_000
/** A turn does not count as longer, whatever the clock says. */
const longestMs = 120_000
