import type { Reply } from '../model/reply.js'

/** The place in a request's acknowledgement in which what a call says may ride. */
export interface AckSlot<Ack = unknown> {
  /** Resolves with the ack that shows what the slot was claimed for; undefined where nothing claims it within `ms` milliseconds. */
  wait(ms: number): Promise<Ack | undefined>
  /** Whether the socket took that ack, whole. */
  settle(arrived: boolean): void
  /**
   * Takes it for all that a call says: it is held for a little longer then, until that is written down. False where it is
   * too late, or the ack cannot show it.
   */
  claim(...replies: readonly Reply[]): boolean
  /** Hands over what it was claimed for, and says whether it arrived: not where writing it down took too long. */
  handOver(): Promise<boolean>
  /** Resolves when the slot is taken, or it is too late. */
  readonly closed: Promise<void>
}

/** What those see of it who fill it. */
export type ClaimableSlot = Pick<AckSlot, 'claim' | 'handOver' | 'closed'>

/** Creates a slot; `show` gives the ack that shows these replies, undefined where none can. */
export function createAckSlot<Ack>(show: ShowInAck<Ack>): AckSlot<Ack> {
  const [taken, take] = deferred<Ack | undefined>()
  const [arrival, settle] = deferred<boolean>()
  const [closed, close] = deferred<void>()
  let state: 'open' | 'claimed' | 'closed' = 'open'
  let shown: Promise<Ack | undefined> | undefined

  function end(ack?: Ack): void {
    state = 'closed'
    close()
    take(ack)
  }

  return {
    async wait(ms) {
      let timer = setTimeout(() => {
        if (state === 'open') end()
        else timer = setTimeout(end, longestWriteMs)
      }, ms)
      const ack = await taken
      clearTimeout(timer)
      return ack
    },
    settle,
    claim(...replies) {
      if (state !== 'open') return false
      const ack = tryToShow(show, replies)
      if (ack === undefined) end()
      else {
        state = 'claimed'
        shown = Promise.resolve(ack).catch(() => undefined)
      }
      return ack !== undefined
    },
    async handOver() {
      const ack = await shown
      if (state !== 'claimed') return false
      end(ack)
      return ack !== undefined && (await arrival)
    },
    closed,
  }
}

type ShowInAck<Ack> = (...replies: Reply[]) => Ack | Promise<Ack | undefined> | undefined

/** How long a claimed slot is held while a store is slow; after that, the answer goes the other way. */
const longestWriteMs = 250

/** A fault in it comes to light where the reply is delivered instead. */
function tryToShow<Ack>(show: ShowInAck<Ack>, replies: readonly Reply[]): ReturnType<ShowInAck<Ack>> {
  try {
    return show(...replies)
  } catch {
    return undefined
  }
}

function deferred<Value>(): readonly [Promise<Value>, (value: Value) => void] {
  let resolve = (_: Value) => {}
  const promise = new Promise<Value>((given) => {
    resolve = given
  })
  return [promise, (value) => resolve(value)]
}
