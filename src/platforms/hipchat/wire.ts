import type { Invocation } from '../../model/invocation.js'
import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'hipchat'

/** The most that one message may have. */
export const textLimit = 10_000

/** The `room_message` webhook, as far as it is read: what is missing, or of another shape, is undefined. */
export interface Payload {
  readonly event: unknown
  /** Empty where it is not an id. */
  readonly oauth_client_id: string | undefined
  readonly item: { readonly message: Message | undefined; readonly room: RoomPayload | undefined }
  /** The bytes that it was read from. */
  readonly raw: Buffer
}

/** What was said. */
export interface Message {
  readonly id: string | undefined
  readonly date: string | undefined
  /** Undefined for notifications: theirs is a string. */
  readonly from: Person | undefined
  readonly mentions: readonly Person[]
  readonly message: string | undefined
}

/** Somebody in a room. */
export interface Person {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly mention_name: string | undefined
}

/** Where it was said. */
export interface RoomPayload {
  readonly id: string | undefined
  readonly name: string | undefined
}

/** What a webhook's token claims. */
export interface Claims {
  readonly iss: string
  readonly exp: number
  readonly iat: number
  readonly jti: string | undefined
  readonly sub: string | undefined
  /** `roomId` stands in older tokens. */
  readonly context: { readonly room_id: string | undefined; readonly roomId: string | undefined }
}

/** The body of an installation. */
export interface InstallBody {
  readonly capabilitiesUrl: string
  readonly oauthId: string
  readonly oauthSecret: string
  readonly roomId?: string
}

/** What is kept of an installation: its `details`. */
export interface Details {
  readonly capabilitiesUrl: string
  /** With a slash at the end. */
  readonly apiUrl: string
  readonly tokenUrl: string
  readonly groupId?: string
  /** Where it is for one room. */
  readonly roomId?: string
  readonly scopes: readonly string[]
  /** Stands for the webhook pattern that the descriptor had when the server read it: the pattern itself may be long. */
  readonly pattern?: string
}

/** The body of a notification. */
export interface Notification {
  readonly message: string
  readonly message_format: 'html' | 'text'
  readonly color: 'yellow' | 'green' | 'red' | 'purple' | 'gray'
  readonly notify: boolean
  /** Shown beside the sender's name, 64 characters at most. */
  readonly from?: string | undefined
  readonly attach_to?: string | undefined
  readonly card?: NotificationCard | undefined
}

/** A card of the style `application`. */
export interface NotificationCard {
  readonly style: 'application'
  readonly format: 'medium'
  readonly id: string
  readonly title: string
  readonly url?: string
  readonly description?: { readonly format: 'text'; readonly value: string }
  readonly icon?: { readonly url: string }
  readonly thumbnail?: { readonly url: string }
  readonly attributes?: readonly Attribute[]
}

/** A labelled value on a card. */
export interface Attribute {
  readonly label?: string
  readonly value: { readonly label: string; readonly url?: string; readonly style?: string }
}

/** What an invocation's `replyTo` holds. */
export interface ReplyTo {
  readonly roomId: string
  readonly messageId?: string | undefined
}

/** Where an invocation is answered, as its `replyTo` says. */
export function decodeReplyTo({ replyTo, room }: Invocation): ReplyTo {
  const { roomId, messageId } = asRecord(replyTo)
  return { roomId: readId(roomId) ?? room.id, messageId: readId(messageId) }
}

/** Reads a webhook's body. Throws HttpError where it is not a JSON object. */
export function readPayload(body: Buffer): Payload {
  const { event, oauth_client_id, item } = parseObject(body) ?? refuseBody()
  const { message, room } = asRecord(item)
  return {
    event,
    oauth_client_id: oauth_client_id === undefined ? undefined : (readId(oauth_client_id) ?? ''),
    item: {
      message: isRecord(message) ? readMessage(message) : undefined,
      room: isRecord(room) ? { id: readId(room['id']), name: readText(room['name']) } : undefined,
    },
    raw: body,
  }
}

/** Reads what a token claims beside its issuer and its times; `prn` is `sub` in older tokens. */
export function readClaims(payload: Readonly<Record<string, unknown>>): Pick<Claims, 'jti' | 'sub' | 'context'> {
  const { jti, sub, prn, context } = payload
  const { room_id, roomId } = asRecord(context)
  return {
    jti: typeof jti === 'string' ? jti : undefined,
    sub: readId(sub ?? prn),
    context: { room_id: readId(room_id), roomId: readId(roomId) },
  }
}

/** Ids are numbers, of some servers texts; never what would lead an address elsewhere, or what none can hold. */
export function readId(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string' || value === '' || value.length > 200) return undefined
  return /^\.{1,2}$|\p{Surrogate}/u.test(value) ? undefined : value
}

function readMessage({ id, date, message, from, mentions }: Record<string, unknown>): Message {
  return {
    id: readId(id),
    date: readText(date),
    from: isRecord(from) ? readPerson(from) : undefined,
    mentions: Array.isArray(mentions) ? mentions.filter(isRecord).map(readPerson) : [],
    message: readText(message),
  }
}

function readPerson({ id, name, mention_name }: Record<string, unknown>): Person {
  return { id: readId(id), name: readText(name), mention_name: readText(mention_name) }
}
