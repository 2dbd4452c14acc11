import type { Reply } from '../model/reply.js'

/** Between the run, which produces at its own pace, and the delivery, which may have to wait. Dispatch bounds it. */
export interface ReplyQueue {
  put(reply: Reply, recorded: Promise<void>): void
  /** The next reply; undefined when there will be none. */
  next(): Promise<Reply | undefined>
  close(): void
  /** True where everything has been taken and nothing more will come. */
  isDone(): boolean
}

/** Makes a belt with what an earlier process had noted on it. */
export function createReplyQueue(recorded: readonly Reply[]): ReplyQueue {
  const pending = [...recorded]
  let closed = false
  let wake = () => {}
  let fault: { readonly error: unknown } | undefined

  return {
    put(reply, recorded) {
      // Not awaited: `sending` follows in the same breath, and notes are kept in order.
      recorded.catch((error: unknown) => {
        fault = { error }
        wake()
      })
      pending.push(reply)
      wake()
    },
    async next() {
      while (pending.length === 0 && !closed && !fault) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (fault) throw fault.error
      return pending.shift()
    },
    close() {
      closed = true
      wake()
    },
    isDone: () => closed && !fault && pending.length === 0,
  }
}
