import { DeliveryError } from '../../model/errors.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { type Api, ChatMovedError } from './api.js'
import type { Chats } from './chats/chats.js'
import { findChats, readRoomId, toTarget } from './proactive-rooms.js'
import { readChat } from './wire.js'

/** What finding rooms needs. */
export interface FindRoomsDeps {
  readonly api: Api
  readonly chats: Chats
}

/**
 * Creates a function that finds chats by id, title or public name among those with a message. For others, the service is asked
 * by id or `@name`, and says whether the bot is there.
 */
export function createFindRooms({ api, chats }: FindRoomsDeps) {
  return async function* findRooms(idOrName: string): AsyncGenerator<ReplyTarget> {
    if (!mayBeName.test(idOrName)) return
    let any = false
    for await (const { installation, threadId } of findChats(chats, idOrName)) {
      any = true
      yield toTarget(installation, threadId)
    }
    if (any) return
    const { chatId, threadId } = readRoomId(idOrName)
    const installation = chatId || publicName.test(idOrName) ? await ask(chatId ?? idOrName) : undefined
    if (installation) yield toTarget(installation, threadId)
  }

  /** https://core.telegram.org/bots/api#getchat */
  async function ask(wanted: string) {
    try {
      const args = { chat_id: wanted.startsWith('@') ? wanted : Number(wanted) }
      const chat = readChat(await api({ method: 'getChat', args }))
      return chat && (await chats.hear(chat, undefined))
    } catch (error) {
      if (error instanceof ChatMovedError) {
        await chats.move(wanted, error.chatId)
        return await chats.find(error.chatId)
      }
      if (error instanceof DeliveryError && !error.retryAdvice.retry) return undefined // not a chat of the bot
      throw error
    }
  }
}

/** The longest title. */
const mayBeName = /^(?=.*\S).{1,255}$/u
const publicName = /^@\w{4,32}$/
