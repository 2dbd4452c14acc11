import type { Installation } from '../../model/installation.js'
import { anonymousId, type Invocation, type Room, type User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import type { Ack, DecodedRequest, Verified } from '../platform.js'
import { titleOf } from './chats/chats.js'
import type { ButtonLine } from './commands/button-lines.js'
import type { Menu } from './commands/menu.js'
import { toTypedLine } from './commands/typed-line.js'
import { durableReplyTo } from './reply-target.js'
import { isPrivate, type Payload } from './updates/enrich-update.js'
import { type CallbackQuery, type Chat, ephemeralMs, type Message, name, type Person, type ReplyTo } from './wire.js'

/** What decoding needs to know. */
export interface DecodeDeps {
  readonly menu: () => Menu
  /** Tells this bot's updates from others'. */
  readonly botId: string
}

/** Creates the decoder: what somebody types, or the line that a pressed button types. All else, edits too, is left alone. */
export function createDecode({ menu, botId }: DecodeDeps) {
  return ({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest => {
    const { update, ownName, pressed } = payload
    const { message, callback_query: press } = update
    const asked = press
      ? decodePress(press, pressed, installation, receivedAt)
      : message && decodeMessage(message, menu(), ownName, installation, receivedAt)
    const ack = press ? acknowledge(press, asked !== undefined) : plainAck
    if (!asked) return { ack }
    const { chatId, messageId = '', ephemeralId = '' } = asked.replyTo
    return {
      ack,
      invocation: {
        // By either way it comes with the same number. They begin anew after a week of silence, and elsewhere.
        id: shortHash(
          name,
          botId,
          update.id,
          chatId,
          messageId,
          ephemeralId,
          press?.id ?? '',
          String(message?.date ?? ''),
        ),
        platform: name,
        installation: installation.id,
        tenant: installation.tenant,
        ...asked,
      },
    }
  }
}

interface Asked extends Pick<Invocation, 'text' | 'room' | 'user' | 'mentions' | 'at'> {
  readonly replyTo: ReplyTo
}

function decodeMessage(
  message: Message,
  menu: Menu,
  ownName: string | undefined,
  installation: Installation,
  receivedAt: number,
): Asked | undefined {
  const { chat, text, people, is_forwarded, message_id: messageId, ephemeral_message_id: ephemeralId } = message
  const user = toCaller(message)
  // What is forwarded was typed by somebody else, and for another place.
  const line = chat && text && !is_forwarded ? toTypedLine(text, chat, menu, ownName) : undefined
  if (!chat || !line || !user) return undefined
  const at = whenTyped(message.date, receivedAt)
  return {
    text: line,
    room: toRoom(message, installation),
    user,
    mentions: people.map(toUser),
    at,
    replyTo: {
      ...toPlace(message, chat),
      ...(messageId && messageId !== '0' ? { messageId } : {}),
      ...(ephemeralId ? { ephemeralId, until: at + ephemeralMs } : {}),
    },
  }
}

/** The chat is the one in which the button stands, also where its message is gone; or the one that it was made for. */
function decodePress(
  { id, from, message }: CallbackQuery,
  pressed: ButtonLine | undefined,
  installation: Installation,
  receivedAt: number,
): Asked | undefined {
  const chat = message?.chat
  if (!chat || !from || from.is_bot || !pressed?.line.startsWith('/')) return undefined
  const said = { text: pressed.line, user: toUser(from), mentions: [], at: receivedAt }
  if (pressed.origin) {
    const { room, replyTo } = pressed.origin
    return { ...said, room, replyTo: durableReplyTo(replyTo) ?? { chatId: room.id } }
  }
  const until = receivedAt + ephemeralMs
  return { ...said, room: toRoom(message, installation), replyTo: { ...toPlace(message, chat), callbackId: id, until } }
}

const plainAck: Ack = { status: 200 }

/** Each press is answered, else the button goes on waiting. https://core.telegram.org/bots/api#answercallbackquery */
function acknowledge({ id }: CallbackQuery, isOurs: boolean): Ack {
  const told = isOurs ? {} : { text: 'There is nothing behind this any more.' }
  return { status: 200, body: { method: 'answerCallbackQuery', callback_query_id: id, ...told } }
}

/**
 * A topic is a room of its own, which belongs to its chat's. Whoever makes a group, or may change it, names it: no rule
 * knows it by that. A group keeps its id when it becomes a supergroup, here.
 */
function toRoom({ message_thread_id: threadId, topic }: Message, installation: Installation): Room {
  const { id } = installation
  if (threadId === undefined) return { id, name: titleOf(installation), untrustedName: true }
  return { id: roomIdOf(id, threadId), name: topic ?? threadId, untrustedName: true, parent: id }
}

/** The id of a topic's room. */
export function roomIdOf(installationId: string, threadId: string | undefined): string {
  return threadId === undefined ? installationId : `${installationId}:${threadId}`
}

function toPlace({ message_thread_id: threadId }: Message, { id: chatId }: Chat): Pick<ReplyTo, 'chatId' | 'threadId'> {
  return { chatId, ...(threadId === undefined ? {} : { threadId }) }
}

/** Of who speaks as the group itself, nobody knows who it is; bots give no commands. */
function toCaller({ from, sender_chat: senderChat, chat }: Message): User | undefined {
  if (senderChat && chat && !isPrivate(chat)) return { id: anonymousId, name: senderChat.title ?? anonymousId }
  return from && !from.is_bot ? toUser(from) : undefined
}

/** User names are unique; what people are shown as is not. */
function toUser({ id, name: shown, username }: Person): User {
  return { id, name: shown, ...(username ? { mention: username, handle: username } : {}) }
}

/** The service's clock, where it says about the same. */
function whenTyped(date: number | undefined, receivedAt: number): number {
  return date !== undefined && Math.abs(receivedAt - date) < 10 * 60_000 ? Math.min(date, receivedAt) : receivedAt
}
