import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Clock } from '../../shared/clock.js'
import { createFifo, type Fifo } from '../../shared/fifo.js'
import { readReplyTo } from './wire.js'

/** Delivers one reply at a time to each channel and each person. In a channel, those who caused replies take turns. */
export interface Turns {
  /** Resolves when it is this reply's turn. If its delivery does not begin soon, the next reply gets the turn. */
  awaitTurn(reply: Reply, invocation: Invocation): Promise<void>
  /** Delivers the reply and ends its turn. */
  use(reply: Reply, deliver: () => Promise<void>): Promise<void>
}

/** Creates the turns; one whose delivery does not begin within `patienceMs` ends. */
export function createTurns(clock: Clock, patienceMs = 10_000): Turns {
  const lanes = new Map<string, Lane>()
  const held = new WeakMap<Reply, { readonly begin: () => void; readonly end: () => void }>()

  /** Resolves with the function that ends the turn. */
  async function enter(key: string, owner: string): Promise<() => void> {
    const lane = lanes.get(key)
    if (lane) await lane.join(owner)
    else lanes.set(key, createLane(owner))
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (!lanes.get(key)?.startNext()) lanes.delete(key)
    }
  }

  return {
    async awaitTurn(reply, invocation) {
      const end = await enter(laneOf(reply, invocation), ownerOf(invocation))
      held.set(reply, { begin: clock.after(patienceMs, end), end })
    },
    async use(reply, deliver) {
      const turn = held.get(reply)
      held.delete(reply)
      turn?.begin()
      try {
        await deliver()
      } finally {
        turn?.end()
      }
    },
  }
}

/** Those who wait while a reply is delivered. */
interface Lane {
  /** Resolves when it is the owner's turn; an owner's turns come in order. */
  join(owner: string): Promise<void>
  /** Starts the next turn; false if nobody waits. */
  startNext(): boolean
}

/** Creates the lane of a turn that this owner has. At a line a second, whoever wants much must not keep the others waiting. */
function createLane(first: string): Lane {
  const waiting = new Map<string, Fifo<() => void>>()
  let served = first
  return {
    join(owner) {
      const own = waiting.get(owner) ?? createFifo<() => void>()
      waiting.set(owner, own)
      return new Promise((resolve) => own.add(resolve))
    },
    startNext() {
      const owners = [...waiting.keys()]
      const next = owners.find((owner) => owner !== served) ?? owners[0]
      const own = next === undefined ? undefined : waiting.get(next)
      if (next === undefined || !own) return false
      served = next
      waiting.delete(next)
      own.take()?.()
      if (own.size() > 0) waiting.set(next, own) // behind the others
      return true
    },
  }
}

function laneOf({ audience }: Reply, { replyTo }: Invocation): string {
  const { channel, source } = readReplyTo(replyTo)
  return (audience === 'room' ? channel : undefined) ?? source ?? ''
}

function ownerOf({ notification, scheduled, user }: Invocation): string {
  return JSON.stringify([notification?.sender.id, scheduled, user.id])
}
