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

/** What decoding needs. */
export interface DecodeDeps {
  readonly menu: () => Menu
  /** Identifies this bot's updates. */
  readonly botId: string
}

/** Creates the decoder for typed commands and the lines of pressed buttons; everything else, including edits, is ignored. */
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
        // The number is the same either way. Numbers restart after a week without updates, and on other servers.
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
  // A forwarded message was typed by somebody else for another place.
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

/** The chat of the button, even if its message was deleted; or the chat that the button was made for. */
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

/** Each press must be answered, or the button keeps loading. https://core.telegram.org/bots/api#answercallbackquery */
function acknowledge({ id }: CallbackQuery, isOurs: boolean): Ack {
  const told = isOurs ? {} : { text: 'There is nothing behind this any more.' }
  return { status: 200, body: { method: 'answerCallbackQuery', callback_query_id: id, ...told } }
}

/**
 * A topic is a room that belongs to its chat's room. Members can name groups and topics, so no rule matches them by name. A
 * group keeps its room id when it becomes a supergroup.
 */
function toRoom({ message_thread_id: threadId, topic }: Message, installation: Installation): Room {
  const { id } = installation
  if (threadId === undefined) return { id, name: titleOf(installation), untrustedName: true }
  return { id: roomIdOf(id, threadId), name: topic ?? threadId, untrustedName: true, parent: id }
}

/** A topic's room id. */
export function roomIdOf(installationId: string, threadId: string | undefined): string {
  return threadId === undefined ? installationId : `${installationId}:${threadId}`
}

function toPlace({ message_thread_id: threadId }: Message, { id: chatId }: Chat): Pick<ReplyTo, 'chatId' | 'threadId'> {
  return { chatId, ...(threadId === undefined ? {} : { threadId }) }
}

/** Somebody who posts as the group is unknown, and bots give no commands. */
function toCaller({ from, sender_chat: senderChat, chat }: Message): User | undefined {
  if (senderChat && chat && !isPrivate(chat)) return { id: anonymousId, name: senderChat.title ?? anonymousId }
  return from && !from.is_bot ? toUser(from) : undefined
}

/** User names are unique; display names are not. */
function toUser({ id, name: shown, username }: Person): User {
  return { id, name: shown, ...(username ? { mention: username, handle: username } : {}) }
}

/** The service's time, if it is close to ours. */
function whenTyped(date: number | undefined, receivedAt: number): number {
  return date !== undefined && Math.abs(receivedAt - date) < 10 * 60_000 ? Math.min(date, receivedAt) : receivedAt
}
