import type { Invocation } from '../../model/invocation.js'
import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'hipchat'

/** The longest message. */
export const textLimit = 10_000

/** The parts of the `room_message` webhook that are used; missing or malformed ones are undefined. */
export interface Payload {
  readonly event: unknown
  /** Empty if it is not a valid id. */
  readonly oauth_client_id: string | undefined
  readonly item: { readonly message: Message | undefined; readonly room: RoomPayload | undefined }
  /** The raw bytes of the body. */
  readonly raw: Buffer
}

/** The message. */
export interface Message {
  readonly id: string | undefined
  readonly date: string | undefined
  /** Undefined for notifications, where it is a string. */
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

/** The claims of a webhook's token. */
export interface Claims {
  readonly iss: string
  readonly exp: number
  readonly iat: number
  readonly jti: string | undefined
  readonly sub: string | undefined
  /** Older tokens have `roomId`. */
  readonly context: { readonly room_id: string | undefined; readonly roomId: string | undefined }
}

/** The body of an installation. */
export interface InstallBody {
  readonly capabilitiesUrl: string
  readonly oauthId: string
  readonly oauthSecret: string
  readonly roomId?: string
}

/** The stored `details` of an installation. */
export interface Details {
  readonly capabilitiesUrl: string
  /** With a trailing slash. */
  readonly apiUrl: string
  readonly tokenUrl: string
  readonly groupId?: string
  /** Set for a single-room installation. */
  readonly roomId?: string
  readonly scopes: readonly string[]
  /** A hash of the descriptor's webhook pattern when the server read it, because patterns may be long. */
  readonly pattern?: string
}

/** The body of a notification. */
export interface Notification {
  readonly message: string
  readonly message_format: 'html' | 'text'
  readonly color: 'yellow' | 'green' | 'red' | 'purple' | 'gray'
  readonly notify: boolean
  /** Shown next to the sender's name, at most 64 characters. */
  readonly from?: string | undefined
  readonly attach_to?: string | undefined
  readonly card?: NotificationCard | undefined
}

/** A card with the style `application`. */
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

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly roomId: string
  readonly messageId?: string | undefined
}

/** Decodes an invocation's `replyTo`. */
export function decodeReplyTo({ replyTo, room }: Invocation): ReplyTo {
  const { roomId, messageId } = asRecord(replyTo)
  return { roomId: readId(roomId) ?? room.id, messageId: readId(messageId) }
}

/** Reads a webhook's body. Throws HttpError if it is not a JSON object. */
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

/** Reads the claims of a token except its issuer and times; `prn` is `sub` in older tokens. */
export function readClaims(payload: Readonly<Record<string, unknown>>): Pick<Claims, 'jti' | 'sub' | 'context'> {
  const { jti, sub, prn, context } = payload
  const { room_id, roomId } = asRecord(context)
  return {
    jti: typeof jti === 'string' ? jti : undefined,
    sub: readId(sub ?? prn),
    context: { room_id: readId(room_id), roomId: readId(roomId) },
  }
}

/** Ids are numbers, on some servers strings; never anything that could change the path of an address. */
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
