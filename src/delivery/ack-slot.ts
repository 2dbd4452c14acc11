import type { Reply } from '../model/reply.js'

/** The place in a request's acknowledgement in which one reply may ride. */
export interface AckSlot<Ack = unknown> {
  /** Resolves with the ack that shows a reply, where one is offered within `ms` milliseconds; later ones come too late. */
  wait(ms: number): Promise<Ack | undefined>
  /** Whether the socket took that ack, whole. */
  settle(arrived: boolean): void
  /** Hands a reply over, and says whether it arrived: not where it is too late, or the ack cannot show it. */
  offer(reply: Reply): Promise<boolean>
  /** Resolves when the slot is taken, or it is too late. */
  readonly closed: Promise<void>
}

/** Creates a slot; `show` gives the ack that shows a reply, undefined where none can. */
export function createAckSlot<Ack>(show: (reply: Reply) => Ack | undefined): AckSlot<Ack> {
  const [taken, take] = deferred<Ack | undefined>()
  const [arrival, settle] = deferred<boolean>()
  const [closed, close] = deferred<void>()
  let isOpen = true

  function end(ack: Ack | undefined): void {
    isOpen = false
    close()
    take(ack)
  }

  return {
    async wait(ms) {
      const timer = setTimeout(() => isOpen && end(undefined), ms)
      const ack = await taken
      clearTimeout(timer)
      return ack
    },
    settle,
    async offer(reply) {
      const ack = isOpen ? show(reply) : undefined
      if (ack === undefined) return false
      end(ack)
      return await arrival
    },
    closed,
  }
}

function deferred<Value>(): readonly [Promise<Value>, (value: Value) => void] {
  let resolve = (_: Value) => {}
  const promise = new Promise<Value>((given) => {
    resolve = given
  })
  return [promise, (value) => resolve(value)]
}
