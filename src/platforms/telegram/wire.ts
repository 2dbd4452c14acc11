import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'telegram'

/** Where updates are posted. */
export const webhookPath = '/webhook'

/** The most that one message's text may have, in UTF-16 units and without its tags. https://core.telegram.org/bots/api#sendmessage */
export const textLimit = 4_096

/** The most that may be said with a file. */
export const captionLimit = 1_024

/** How long an ephemeral message, or a press, may be answered by one. */
export const ephemeralMs = 15_000

/** What the bot asks to be told of. What is edited is not: a command that is corrected is not run a second time. */
export const allowedUpdates = ['message', 'callback_query', 'my_chat_member'] as const

/** What happened, as far as it is read: what is missing, or of another shape, is undefined. https://core.telegram.org/bots/api#update */
export interface Update {
  readonly id: string
  readonly message: Message | undefined
  readonly callback_query: CallbackQuery | undefined
  readonly my_chat_member: Membership | undefined
}

/** A message. https://core.telegram.org/bots/api#message */
export interface Message {
  /** `0` where it is ephemeral. */
  readonly message_id: string | undefined
  readonly ephemeral_message_id: string | undefined
  readonly message_thread_id: string | undefined
  /** What its topic is called, where the message tells. */
  readonly topic: string | undefined
  readonly from: Person | undefined
  readonly sender_chat: Chat | undefined
  /** In milliseconds since 1970. */
  readonly date: number | undefined
  readonly chat: Chat | undefined
  /** Of what goes with a file, its caption. */
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
  /** Where the button stands; of a message that is gone only its chat and id are told. */
  readonly message: Message | undefined
  readonly data: string | undefined
}

/** What became of the bot in a chat. https://core.telegram.org/bots/api#chatmemberupdated */
export interface Membership {
  readonly chat: Chat | undefined
  readonly date: number | undefined
  readonly status: string | undefined
}

/** Somebody. https://core.telegram.org/bots/api#user */
export interface Person {
  readonly id: string
  readonly is_bot: boolean
  readonly name: string
  readonly username: string | undefined
}

/** Where people talk. https://core.telegram.org/bots/api#chat */
export interface Chat {
  readonly id: string
  readonly type: string | undefined
  readonly title: string | undefined
  readonly username: string | undefined
}

/** What an invocation's `replyTo` holds. */
export interface ReplyTo {
  readonly chatId: string
  readonly threadId?: string
  /** The message that asked. */
  readonly messageId?: string
  /** The same where it was ephemeral. */
  readonly ephemeralId?: string
  /** The press that asked. */
  readonly callbackId?: string
  /** Until when the two above may be answered by an ephemeral message, by this machine's clock. */
  readonly until?: number
}

/** A message's content as it is sent. */
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

/** One button: it sends its `callback_data` back, or opens its `url`. */
export interface Button {
  readonly text: string
  readonly callback_data?: string
  readonly url?: string
}

/** A file that is sent. */
export interface Attachment {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** A command in the menu. https://core.telegram.org/bots/api#botcommand */
export interface BotCommand {
  readonly command: string
  readonly description: string
  /** True: in a group nobody but the bot sees that it was given, so that the bot may answer its caller alone. */
  readonly is_ephemeral?: boolean
}

/** Reads a webhook's body. Throws HttpError where it is no JSON object with an `update_id`. */
export function readUpdateBody(body: Buffer): Update {
  return readUpdate(parseObject(body)) ?? refuseBody()
}

/** Reads an update; undefined where it is none. */
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

/** Ids are numbers of at most 52 bits, below zero for groups; they are strings here. Those of a press are strings over there too. */
export function readId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  return typeof value === 'string' && /^-?\w{1,64}$/.test(value) ? value : undefined
}

/** Reads a chat; undefined where it is none. */
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

/** The id of a message that was just sent. */
export function readMessageId(sent: unknown): string | undefined {
  return readId(asRecord(sent)['message_id'])
}

function readMessage(sent: Record<string, unknown>): Message {
  const { from, sender_chat, chat, text, caption, entities, caption_entities, date, is_topic_message } = sent
  const topic = asRecord(asRecord(sent['reply_to_message'])['forum_topic_created'])
  return {
    message_id: readId(sent['message_id']),
    ephemeral_message_id: readId(sent['ephemeral_message_id']),
    // Elsewhere it is a thread of answers, which nobody sees as a place.
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

/** People without a user name are mentioned with all that is known of them; of others only the name is told. */
function readPeople(entities: unknown): readonly Person[] {
  const all = Array.isArray(entities) ? entities.filter(isRecord) : []
  return all.flatMap(({ type, user }) => (type === 'text_mention' ? (readPerson(user) ?? []) : []))
}

/** Seconds; what stands in for the service may have milliseconds. */
function readDate(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined
  return value > 100_000_000_000 ? value : value * 1_000
}

function joinName(...parts: readonly unknown[]): string | undefined {
  return parts.flatMap((part) => readText(part) ?? []).join(' ') || undefined
}
