import type { Reply } from '../model/reply.js'

/** A place in a request's acknowledgement for the replies of its call. */
export interface AckSlot<Ack = unknown> {
  /** Resolves with the ack that shows the claimed replies; undefined if nothing claims the slot within `ms` milliseconds. */
  wait(ms: number): Promise<Ack | undefined>
  /** Reports whether the socket took the whole ack. */
  settle(arrived: boolean): void
  /**
   * Claims the slot for all replies of a call; the ack is then held a little longer, until they are stored. False if it is
   * too late or the ack cannot show them.
   */
  claim(...replies: readonly Reply[]): boolean
  /** Hands over the claimed replies and resolves with whether they arrived; false if storing them took too long. */
  handOver(): Promise<boolean>
  /** Resolves when the slot is claimed or it is too late. */
  readonly closed: Promise<void>
}

/** The slot as seen by the side that fills it. */
export type ClaimableSlot = Pick<AckSlot, 'claim' | 'handOver' | 'closed'>

/** Creates a slot; `show` returns the ack that shows these replies, or undefined if none can. */
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

/** How long a claimed slot waits for a slow store; after that, the replies are delivered the usual way. */
const longestWriteMs = 250

/** An error in it surfaces when the reply is delivered the usual way. */
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
