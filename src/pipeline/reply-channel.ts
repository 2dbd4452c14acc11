import type { DeliveryCheckpoints, ReplySource, Transport } from '../delivery/outbox.js'
import { createProgressThrottle, type ProgressThrottle } from '../delivery/progress-throttle.js'
import { overflowReply, splitReply } from '../delivery/split.js'
import type { Outcome, Reply } from '../model/reply.js'

/** Carries one call's replies from its run to its delivery, which may be slower. */
export interface ReplyChannel extends ReplySource {
  /** Sends a reply; false if the output limit is exceeded or replies can no longer be delivered. */
  put(reply: Reply): boolean
  /** Ends the channel, with an optional last reply that always fits. */
  end(outcome: Outcome, last?: Reply): void
  /** Resolves when the run has ended or its replies can no longer be delivered. */
  readonly ended: Promise<Outcome>
}

/** Where the replies go. If all are left out, replies come out as they were put in. */
export interface ReplyChannelOptions {
  readonly transport?: Pick<Transport, 'canEdit' | 'cardOverflow' | 'maxTextLength'>
  readonly checkpoints?: Pick<DeliveryCheckpoints, 'record' | 'end'>
  /** Replies that an earlier process recorded but did not deliver: they come first and are not recorded again. */
  readonly recorded?: readonly Reply[]
  /** True if there is no caller to whisper to: private replies go to the room. */
  readonly isPublic?: boolean
  /** Called when the replies are no longer wanted. */
  readonly onAbandoned?: () => void
}

/** The most that one call may say; more is taken for a mistake. */
const limits = { replies: 1000, text: 1_000_000, file: 20_000_000 }

/** Creates a channel. Each reply is bounded, made public, split from its card's overflow, throttled, split, recorded and queued. */
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
    // Not awaited: the checkpoint for its delivery follows, and checkpoints keep their order.
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

/** The size of a reply: characters of its text and of a file's content. */
function replySize(reply: Reply): { readonly text: number; readonly file: number } {
  if (reply.kind === 'file') return { text: reply.text?.length ?? 0, file: reply.content.length }
  return { text: reply.kind === 'text' ? reply.text.length : JSON.stringify(reply.card).length, file: 0 }
}
