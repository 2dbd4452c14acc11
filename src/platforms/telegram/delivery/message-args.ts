import type { Rendered } from '../render.js'

/** Where a message goes. */
export interface Place {
  readonly chatId: string
  readonly threadId?: string | undefined
}

/** What sendMessage, and sendDocument beside the file, are told. */
export function toMessageArgs(place: Place, { content, file, sounds }: Rendered): Readonly<Record<string, unknown>> {
  const { text, link_preview_options: preview, ...rest } = content
  return {
    ...toArgs(place),
    ...(file ? { caption: text } : { text }),
    ...rest,
    ...(preview && !file ? { link_preview_options: preview } : {}),
    ...(sounds ? {} : { disable_notification: true }),
  }
}

/** Ids are numbers over there. */
export function toArgs({ chatId, threadId }: Place): Readonly<Record<string, number>> {
  return { chat_id: Number(chatId), ...(threadId === undefined ? {} : { message_thread_id: Number(threadId) }) }
}
