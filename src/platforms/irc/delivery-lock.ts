import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Clock } from '../../shared/clock.js'
import { readReplyTo } from './wire.js'

/** Delivers one reply at a time to each channel and each person. */
export interface Turns {
  /** Resolves when it is this reply's turn. If its delivery does not begin soon, the next reply gets the turn. */
  awaitTurn(reply: Reply, invocation: Invocation): Promise<void>
  /** Delivers the reply and ends its turn. */
  use(reply: Reply, deliver: () => Promise<void>): Promise<void>
}

/** Creates the turns; one whose delivery does not begin within `patienceMs` ends. */
export function createTurns(clock: Clock, patienceMs = 10_000): Turns {
  const lanes = new Map<string, Promise<void>>()
  const held = new WeakMap<Reply, { readonly begin: () => void; readonly end: () => void }>()

  return {
    async awaitTurn(reply, invocation) {
      const lane = laneOf(reply, invocation)
      const before = lanes.get(lane)
      let end = () => {}
      const turn = new Promise<void>((resolve) => {
        end = resolve
      })
      lanes.set(lane, turn)
      void turn.then(() => lanes.get(lane) === turn && lanes.delete(lane))
      await before
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
