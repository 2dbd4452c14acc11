import type { Reply } from '../model/reply.js'
import { weightOf } from './replies.js'

/** The way from a run, which goes at its own pace, to whoever takes its replies; bounded. */
export interface Belt {
  /** Puts a reply on; false where there is no room for it, or the belt has ended. */
  put(reply: Reply): boolean
  /** Ends the belt, with a last reply that there is always room for. */
  end(last?: Reply): void
  /** What was put on, in order, as it comes, until the end. */
  take(): AsyncGenerator<Reply, void>
}

/** What one call may say: more is a mistake, not an answer. */
const limits = { waiting: 100, replies: 1000, text: 1_000_000, file: 20_000_000 }

/** Makes an empty belt. */
export function createBelt(): Belt {
  const waiting: Reply[] = []
  const sum = { replies: 0, text: 0, file: 0 }
  let ended = false
  let wake = () => {}

  return {
    put(reply) {
      const { text, file } = weightOf(reply)
      sum.replies += 1
      sum.text += text
      sum.file += file
      const over = sum.replies > limits.replies || sum.text > limits.text || sum.file > limits.file
      if (ended || over || waiting.length >= limits.waiting) return false
      waiting.push(reply)
      wake()
      return true
    },
    end(last) {
      if (ended) return
      if (last) waiting.push(last)
      ended = true
      wake()
    },
    async *take() {
      for (;;) {
        const reply = waiting.shift()
        if (reply) yield reply
        else if (ended) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
  }
}
