import type { Installation } from '../../../model/installation.js'
import type { Verified } from '../../platform.js'
import type { Chats } from '../chats/chats.js'
import type { OwnName } from '../chats/own-name.js'
import type { ButtonLine, ButtonLines } from '../commands/button-lines.js'
import { type Chat, type Membership, type Message, name, type Update } from '../wire.js'

/** An update, with values looked up in the store. */
export interface Payload {
  readonly update: Update
  /** The bot's user name, if the line contains one. */
  readonly ownName: string | undefined
  /** The line of a pressed button. */
  readonly pressed: ButtonLine | undefined
  /** How it arrived: a webhook's response may include the answer. */
  readonly by: 'webhook' | 'polling'
}

/** What accepting an update needs. */
export interface ReadVerifiedDeps {
  readonly chats: Chats
  readonly ownName: OwnName
  readonly buttonLines: ButtonLines
}

/** Accepts an update that is proven by a webhook's secret or by polling. */
export type ReadVerified = (update: Update, receivedAt: number, by: Payload['by']) => Promise<Verified<Payload>>

/** Creates the function; changes to the chat itself are stored first. */
export function createReadVerified({ chats, ownName, buttonLines }: ReadVerifiedDeps): ReadVerified {
  return async (update, receivedAt, by) => {
    const { message, callback_query: press, my_chat_member: membership } = update
    if (membership) await follow(membership)
    else if (message) await followMove(message)
    const spoken = press ? press.message : message
    const chat = spoken?.chat
    const heard = chat && !membership ? await chats.hear(chat, spoken?.date) : nobodys
    const pressed = chat && press?.data !== undefined ? await buttonLines.find(chat.id, press.data) : undefined
    const origin = pressed?.origin && (await chats.find(pressed.origin.installation))
    const isAddressed = message?.text !== undefined && /^\/[^\s@]+@/.test(message.text)
    const payload = {
      update,
      ownName: isAddressed ? await ownName.get() : undefined,
      pressed: pressed?.origin && !origin ? undefined : pressed,
      by,
    }
    return { installation: origin ?? heard, payload, receivedAt }
  }

  async function follow({ chat, status, date }: Membership): Promise<void> {
    if (!chat || status === undefined) return
    if (isOut(status)) await chats.leave(chat.id, date)
    else await chats.hear(chat, date)
  }

  /** Both chats report the change. */
  async function followMove({ chat, migrate_to_chat_id: to, migrate_from_chat_id: from }: Message): Promise<void> {
    if (chat && to) await chats.move(chat.id, to)
    if (chat && from) await chats.move(from, chat.id)
  }
}

/** For updates without a chat: `decode` finds no command in it. */
const nobodys: Installation = { id: '', platform: name, tenant: { id: '' }, details: {}, secrets: {} }

/** https://core.telegram.org/bots/api#chatmember */
function isOut(status: string): boolean {
  return status === 'left' || status === 'kicked'
}

/** Whether it is a direct chat with the bot. */
export function isPrivate({ id, type }: Pick<Chat, 'id' | 'type'>): boolean {
  return type === undefined ? !id.startsWith('-') : type === 'private'
}
