import type { DeliveryCheckpoints, ReplySource, Transport } from '../delivery/outbox.js'
import { createProgressThrottle, type ProgressThrottle } from '../delivery/progress-throttle.js'
import { overflowReply, splitReply } from '../delivery/split.js'
import type { Outcome, Reply } from '../model/reply.js'

/** What one call says, from the run, which goes at its own pace, to the delivery, which may have to wait. */
export interface ReplyChannel extends ReplySource {
  /** Sends a reply; false if the output limit is exceeded, or replies can no longer be delivered. */
  put(reply: Reply): boolean
  /** Ends what is said, with a last reply that there is always room for. */
  end(outcome: Outcome, last?: Reply): void
  /** Resolves when the run has ended, or its replies can no longer be delivered. */
  readonly ended: Promise<Outcome>
}

/** Where the replies go; all left out, they come as they were given. */
export interface ReplyChannelOptions {
  readonly transport?: Pick<Transport, 'canEdit' | 'cardOverflow' | 'maxTextLength'>
  readonly checkpoints?: Pick<DeliveryCheckpoints, 'record' | 'end'>
  /** What an earlier process recorded and did not show: it comes first, and is not recorded again. */
  readonly recorded?: readonly Reply[]
  /** True if there is no caller to whisper to: private replies go to the room. */
  readonly isPublic?: boolean
  /** Called when the replies are no longer wanted. */
  readonly onAbandoned?: () => void
}

/** What one call may say: more is a mistake, not an answer. */
const limits = { replies: 1000, text: 1_000_000, file: 20_000_000 }

/** Creates a channel. A reply passes in this order: bounded, made public, a card parted from what has no room in it, throttled, split, recorded, queued. */
export function createReplyChannel(options: ReplyChannelOptions = {}): ReplyChannel {
  const { transport, checkpoints, isPublic = false, onAbandoned } = options
  const maxTextLength = transport?.maxTextLength ?? Number.POSITIVE_INFINITY
  const queue = [...(options.recorded ?? [])]
  const said = { replies: 0, text: 0, file: 0 }
  let throttle: ProgressThrottle | undefined
  let outcome: Outcome | undefined
  let fault: { readonly error: unknown } | undefined
  let abandoned = false
  let wake = () => {}
  let resolveEnded = (_: Outcome) => {}
  const ended = new Promise<Outcome>((resolve) => {
    resolveEnded = resolve
  })

  function put(reply: Reply): boolean {
    const { text, file } = replySize(reply)
    said.replies += 1
    said.text += text
    said.file += file
    const over = said.replies > limits.replies || said.text > limits.text || said.file > limits.file
    if (over || outcome !== undefined) return false
    publish(reply)
    return true
  }

  function publish(reply: Reply): void {
    const shown: Reply = isPublic ? { ...reply, audience: 'room' } : reply
    throttled(shown)
    if (shown.kind !== 'card') return
    const overflow = transport?.cardOverflow?.(shown.card)
    if (overflow?.trim()) throttled(overflowReply(shown, overflow))
  }

  function throttled(reply: Reply): void {
    const isProgress = reply.updateKey !== undefined && transport !== undefined
    if (isProgress)
      throttle ??= createProgressThrottle({ canEdit: (one) => transport.canEdit?.(one) ?? true, put: split })
    if (throttle) throttle.put(reply)
    else split(reply)
  }

  function split(reply: Reply): void {
    const fits = reply.kind === 'card' || (reply.kind === 'text' && reply.text.length <= maxTextLength)
    for (const part of fits ? [reply] : splitReply(reply, maxTextLength)) record(part)
  }

  function record(reply: Reply): void {
    if (abandoned) return
    // Not awaited: what marks its delivery follows in the same breath, and marks are kept in order.
    checkpoints?.record(reply).catch(fail)
    queue.push(reply)
    wake()
  }

  function fail(error: unknown): void {
    fault = { error }
    wake()
  }

  function close(how: Outcome): void {
    outcome = how
    resolveEnded(how)
    wake()
  }

  return {
    put,
    end(how, last) {
      if (outcome !== undefined) return
      if (last) publish(last)
      throttle?.end()
      checkpoints?.end(how).catch(fail)
      close(how)
    },
    ended,
    async next() {
      while (queue.length === 0 && outcome === undefined && !fault) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (fault) throw fault.error
      return queue.shift()
    },
    isDone: () => outcome !== undefined && !fault && queue.length === 0,
    abandon(how) {
      abandoned = true
      throttle?.end()
      queue.length = 0
      if (outcome !== undefined) return
      onAbandoned?.()
      close(how)
    },
  }
}

/** Says how much a reply weighs: characters of what is read, and of a file's content. */
function replySize(reply: Reply): { readonly text: number; readonly file: number } {
  if (reply.kind === 'file') return { text: reply.text?.length ?? 0, file: reply.content.length }
  return { text: reply.kind === 'text' ? reply.text.length : JSON.stringify(reply.card).length, file: 0 }
}
