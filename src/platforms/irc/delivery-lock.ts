import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Clock } from '../../shared/clock.js'
import { createFairLane, type FairLane } from './fair-lane.js'
import { readReplyTo } from './wire.js'

/** Delivers one reply at a time to each channel and each person. In a channel, people take turns. */
export interface Turns {
  /** Resolves when it is this reply's turn. If its delivery does not begin soon, the next reply gets the turn. */
  awaitTurn(reply: Reply, invocation: Invocation): Promise<void>
  /** Delivers the reply and ends its turn. */
  use(reply: Reply, deliver: () => Promise<void>): Promise<void>
}

/** Creates the turns; one whose delivery does not begin within `patienceMs` ends. */
export function createTurns(clock: Clock, patienceMs = 10_000): Turns {
  const lanes = new Map<string, FairLane>()
  const held = new WeakMap<Reply, { readonly begin: () => void; readonly end: () => void }>()

  /** Resolves with the function that ends the turn. */
  async function enter(key: string, owner: string): Promise<() => void> {
    const lane = lanes.get(key)
    if (lane) await lane.join(owner)
    else lanes.set(key, createFairLane(owner, clock))
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

function laneOf({ audience }: Reply, { replyTo }: Invocation): string {
  const { channel, source } = readReplyTo(replyTo)
  return (audience === 'room' ? channel : undefined) ?? source ?? ''
}

function ownerOf({ notification, scheduled, user }: Invocation): string {
  return JSON.stringify([notification?.sender.id, scheduled, user.id])
}
