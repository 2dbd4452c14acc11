import type { Invocation } from '../../model/invocation.js'
import { asRecord } from '../../shared/json.js'
import { type ReplyTo, readId } from './wire.js'

/** Decodes an invocation's `replyTo`; for unasked posts it has only the chat. */
export function decodeReplyTo({ replyTo, installation }: Invocation): ReplyTo {
  const { until, ...given } = asRecord(replyTo)
  const [messageId, ephemeralId, callbackId] = ['messageId', 'ephemeralId', 'callbackId'].map((part) =>
    readId(given[part]),
  )
  return {
    ...(durableReplyTo(replyTo) ?? { chatId: installation }),
    ...(messageId ? { messageId } : {}),
    ...(ephemeralId ? { ephemeralId } : {}),
    ...(callbackId ? { callbackId } : {}),
    ...(typeof until === 'number' ? { until } : {}),
  }
}

/** Ephemeral answers are possible for seconds; the chat lasts. */
export function durableReplyTo(replyTo: unknown): Pick<ReplyTo, 'chatId' | 'threadId'> | undefined {
  const { chatId, threadId } = asRecord(replyTo)
  const [chat, thread] = [readId(chatId), readId(threadId)]
  return chat ? { chatId: chat, ...(thread ? { threadId: thread } : {}) } : undefined
}
