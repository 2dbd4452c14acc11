import type { Rendered } from '../render.js'

/** The destination of a message. */
export interface Place {
  readonly chatId: string
  readonly threadId?: string | undefined
}

/** Arguments of sendMessage and sendDocument. */
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

/** The service has numbers as ids. */
export function toArgs({ chatId, threadId }: Place): Readonly<Record<string, number>> {
  return { chat_id: Number(chatId), ...(threadId === undefined ? {} : { message_thread_id: Number(threadId) }) }
}
