import { HttpError } from '../../model/errors.js'
import { isRecord, parseObject } from '../../shared/json.js'
import type { WebhookRequest } from '../platform.js'
import { createRequestContext } from '../request-context.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'hipchat'

/** The most that one message may have. */
export const textLimit = 10_000

/** The `room_message` webhook, as far as it is read: all may be missing. */
export interface Payload {
  readonly event?: unknown
  readonly oauth_client_id?: unknown
  readonly item?: { readonly message?: Message | undefined; readonly room?: RoomPayload | undefined } | undefined
}

/** What was said. */
export interface Message {
  readonly id?: unknown
  readonly date?: unknown
  /** A person; for notifications a text. */
  readonly from?: Person | string | undefined
  readonly mentions?: readonly Person[]
  readonly message?: unknown
}

/** Somebody in a room. */
export interface Person {
  readonly id?: unknown
  readonly name?: unknown
  readonly mention_name?: unknown
}

/** Where it was said. */
export interface RoomPayload {
  readonly id?: unknown
  readonly name?: unknown
}

/** What a webhook's token claims. */
export interface Claims {
  readonly iss: string
  readonly exp: number
  readonly iat: number
  readonly jti?: string | undefined
  readonly sub?: string | undefined
  /** `roomId` stands in older tokens. */
  readonly context?: { readonly room_id?: unknown; readonly roomId?: unknown } | undefined
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

/** A webhook's body, parsed once per request. Throws HttpError where it is no JSON object. */
export function readPayload(request: WebhookRequest): Payload {
  const known = payloads.of(request)
  if (known) return known
  const parsed = parseObject(request.body)
  if (!parsed) throw new HttpError('The body is no JSON object.', 400)
  const { event, oauth_client_id, item } = parsed
  const payload: Payload = { event, oauth_client_id, item: isRecord(item) ? readItem(item) : undefined }
  payloads.set(request, payload)
  return payload
}

const payloads = createRequestContext<Payload>()

/** Ids are numbers, of some servers texts; never what would lead an address elsewhere, or what none can hold. */
export function readId(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string' || value === '' || value.length > 200) return undefined
  return /^\.{1,2}$|\p{Surrogate}/u.test(value) ? undefined : value
}

function readItem({ message, room }: Record<string, unknown>): NonNullable<Payload['item']> {
  return {
    message: isRecord(message) ? readMessage(message) : undefined,
    room: isRecord(room) ? room : undefined,
  }
}

function readMessage({ id, date, message, from, mentions }: Record<string, unknown>): Message {
  return {
    id,
    date,
    message,
    from: isRecord(from) || typeof from === 'string' ? from : undefined,
    mentions: Array.isArray(mentions) ? mentions.filter(isRecord) : [],
  }
}
