import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'telegram'

/** The path for updates. */
export const webhookPath = '/webhook'

/** The longest text of a message, in UTF-16 units without tags. https://core.telegram.org/bots/api#sendmessage */
export const textLimit = 4_096

/** The longest caption of a file. */
export const captionLimit = 1_024

/** How long an ephemeral message or a press can be answered ephemerally. */
export const ephemeralMs = 15_000

/** The types of updates to receive. Not edits, because a corrected command must not run again. */
export const allowedUpdates = ['message', 'callback_query', 'my_chat_member'] as const

/** An update; missing or malformed values are undefined. https://core.telegram.org/bots/api#update */
export interface Update {
  readonly id: string
  readonly message: Message | undefined
  readonly callback_query: CallbackQuery | undefined
  readonly my_chat_member: Membership | undefined
}

/** A message. https://core.telegram.org/bots/api#message */
export interface Message {
  /** `0` for an ephemeral message. */
  readonly message_id: string | undefined
  readonly ephemeral_message_id: string | undefined
  readonly message_thread_id: string | undefined
  /** The topic's name, if the message contains it. */
  readonly topic: string | undefined
  readonly from: Person | undefined
  readonly sender_chat: Chat | undefined
  /** In milliseconds since 1970. */
  readonly date: number | undefined
  readonly chat: Chat | undefined
  /** For a file, its caption. */
  readonly text: string | undefined
  readonly people: readonly Person[]
  readonly is_forwarded: boolean
  readonly migrate_to_chat_id: string | undefined
  readonly migrate_from_chat_id: string | undefined
}

/** A pressed button. https://core.telegram.org/bots/api#callbackquery */
export interface CallbackQuery {
  readonly id: string
  readonly from: Person | undefined
  /** The button's message; of a deleted one only chat and id. */
  readonly message: Message | undefined
  readonly data: string | undefined
}

/** A change of the bot's membership. https://core.telegram.org/bots/api#chatmemberupdated */
export interface Membership {
  readonly chat: Chat | undefined
  readonly date: number | undefined
  readonly status: string | undefined
}

/** A user. https://core.telegram.org/bots/api#user */
export interface Person {
  readonly id: string
  readonly is_bot: boolean
  readonly name: string
  readonly username: string | undefined
}

/** A chat. https://core.telegram.org/bots/api#chat */
export interface Chat {
  readonly id: string
  readonly type: string | undefined
  readonly title: string | undefined
  readonly username: string | undefined
}

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly chatId: string
  readonly threadId?: string
  /** The message of the call. */
  readonly messageId?: string
  /** The same for an ephemeral message. */
  readonly ephemeralId?: string
  /** The pressed button. */
  readonly callbackId?: string
  /** Until when the two above allow an ephemeral answer, by this machine's clock. */
  readonly until?: number
}

/** The contents of a message to send. */
export interface Content {
  readonly text: string
  readonly parse_mode: 'HTML'
  readonly link_preview_options?: Readonly<Record<string, unknown>>
  readonly reply_markup?: InlineKeyboard
}

/** Buttons below a message, in rows. */
export interface InlineKeyboard {
  readonly inline_keyboard: readonly (readonly Button[])[]
}

/** A button: sends its `callback_data` back, or opens its `url`. */
export interface Button {
  readonly text: string
  readonly callback_data?: string
  readonly url?: string
}

/** A file to send. */
export interface Attachment {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** A command in the menu. https://core.telegram.org/bots/api#botcommand */
export interface BotCommand {
  readonly command: string
  readonly description: string
  /** True: in a group only the bot sees the command, so it may answer privately. */
  readonly is_ephemeral?: boolean
}

/** Reads a webhook's body. Throws HttpError if it is not a JSON object with an `update_id`. */
export function readUpdateBody(body: Buffer): Update {
  return readUpdate(parseObject(body)) ?? refuseBody()
}

/** Reads an update; undefined if it is not one. */
export function readUpdate(sent: unknown): Update | undefined {
  const { update_id, message, callback_query, my_chat_member } = asRecord(sent)
  const id = readId(update_id)
  if (id === undefined) return undefined
  return {
    id,
    message: isRecord(message) ? readMessage(message) : undefined,
    callback_query: isRecord(callback_query) ? readCallbackQuery(callback_query) : undefined,
    my_chat_member: isRecord(my_chat_member) ? readMembership(my_chat_member) : undefined,
  }
}

/** Ids are numbers of at most 52 bits, negative for groups; here they are strings. Ids of presses are strings in the API too. */
export function readId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  return typeof value === 'string' && /^-?\w{1,64}$/.test(value) ? value : undefined
}

/** Reads a chat; undefined if it is not one. */
export function readChat(sent: unknown): Chat | undefined {
  if (!isRecord(sent)) return undefined
  const { id, type, title, username, first_name, last_name } = sent
  const chatId = readId(id)
  if (chatId === undefined || !/^-?\d+$/.test(chatId)) return undefined
  return {
    id: chatId,
    type: readText(type),
    title: readText(title) ?? joinName(first_name, last_name),
    username: readText(username),
  }
}

/** The id of a sent message. */
export function readMessageId(sent: unknown): string | undefined {
  return readId(asRecord(sent)['message_id'])
}

function readMessage(sent: Record<string, unknown>): Message {
  const { from, sender_chat, chat, text, caption, entities, caption_entities, date, is_topic_message } = sent
  const topic = asRecord(asRecord(sent['reply_to_message'])['forum_topic_created'])
  return {
    message_id: readId(sent['message_id']),
    ephemeral_message_id: readId(sent['ephemeral_message_id']),
    // Elsewhere it is a thread of replies, which nobody sees as a place.
    message_thread_id: is_topic_message === true ? readId(sent['message_thread_id']) : undefined,
    topic: readText(topic['name']),
    from: readPerson(from),
    sender_chat: readChat(sender_chat),
    date: readDate(date),
    chat: readChat(chat),
    text: readText(text) ?? readText(caption),
    people: readPeople(readText(text) ? entities : caption_entities),
    is_forwarded:
      isRecord(sent['forward_origin']) || sent['is_automatic_forward'] === true || isRecord(sent['via_bot']),
    migrate_to_chat_id: readId(sent['migrate_to_chat_id']),
    migrate_from_chat_id: readId(sent['migrate_from_chat_id']),
  }
}

function readCallbackQuery(sent: Record<string, unknown>): CallbackQuery | undefined {
  const id = readId(sent['id'])
  if (id === undefined) return undefined
  const { from, message, data } = sent
  return {
    id,
    from: readPerson(from),
    message: isRecord(message) ? readMessage(message) : undefined,
    data: readText(data),
  }
}

function readMembership(sent: Record<string, unknown>): Membership {
  const { status } = asRecord(sent['new_chat_member'])
  return { chat: readChat(sent['chat']), date: readDate(sent['date']), status: readText(status) }
}

function readPerson(sent: unknown): Person | undefined {
  const { id, is_bot, first_name, last_name, username } = asRecord(sent)
  const userId = readId(id)
  if (userId === undefined) return undefined
  const shown = joinName(first_name, last_name) ?? readText(username) ?? userId
  return { id: userId, is_bot: is_bot === true, name: shown, username: readText(username) }
}

/** Mentions of people without a user name include the user; others only the name. */
function readPeople(entities: unknown): readonly Person[] {
  const all = Array.isArray(entities) ? entities.filter(isRecord) : []
  return all.flatMap(({ type, user }) => (type === 'text_mention' ? (readPerson(user) ?? []) : []))
}

/** Seconds; stand-ins may use milliseconds. */
function readDate(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined
  return value > 100_000_000_000 ? value : value * 1_000
}

function joinName(...parts: readonly unknown[]): string | undefined {
  return parts.flatMap((part) => readText(part) ?? []).join(' ') || undefined
}
