import type { Outcome, Reply, ReplyStream } from '../model/reply.js'
import { replySize } from './normalize-reply.js'

/** The way from a call, which goes at its own pace, to whoever takes its replies; bounded. */
export interface ReplyChannel {
  readonly replies: ReplyStream
  /** Puts a reply on; false where there is no room for it, or the belt has ended. */
  put(reply: Reply): boolean
  /** Ends the belt, with a last reply that there is always room for. */
  end(outcome: Outcome, last?: Reply): void
}

/** What one call may say: more is a mistake, not an answer. */
const limits = { waiting: 100, replies: 1000, text: 1_000_000, file: 20_000_000 }

/** Makes an empty belt. `onLeft` is called where nobody wants the replies any more. */
export function createReplyChannel(onLeft?: () => void): ReplyChannel {
  const waiting: Reply[] = []
  const sum = { replies: 0, text: 0, file: 0 }
  let ended: Outcome | undefined
  let hand: ((step: Step) => void) | undefined

  function give(): Step | undefined {
    const reply = waiting.shift()
    if (reply) return { done: false, value: reply }
    return ended === undefined ? undefined : { done: true, value: ended }
  }

  function wake(): void {
    const step = hand && give()
    if (!step) return
    hand?.(step)
    hand = undefined
  }

  return {
    put(reply) {
      const { text, file } = replySize(reply)
      sum.replies += 1
      sum.text += text
      sum.file += file
      const over = sum.replies > limits.replies || sum.text > limits.text || sum.file > limits.file
      if (ended !== undefined || over || waiting.length >= limits.waiting) return false
      waiting.push(reply)
      wake()
      return true
    },
    end(outcome, last) {
      if (ended !== undefined) return
      if (last) waiting.push(last)
      ended = outcome
      wake()
    },
    replies: {
      async next() {
        return (
          give() ??
          (await new Promise<Step>((resolve) => {
            hand = resolve
          }))
        )
      },
      async return(outcome) {
        waiting.length = 0
        if (ended === undefined) onLeft?.()
        ended ??= outcome
        return { done: true, value: outcome }
      },
    },
  }
}

type Step = IteratorResult<Reply, Outcome>
