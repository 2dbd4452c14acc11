import type { Fault } from '../faults.js'
import { dumps } from '../python-json.js'
import type { AddonResponse } from './addon-request.js'
import type { World } from './group.js'
import { signJwt } from './jwt.js'
import type { Serializers } from './serializers.js'
import type { Client, Person, Room, RoomEntry, Webhook } from './state.js'

/** Something that webhooks are told of. */
export interface RoomEvent {
  readonly event: string
  readonly room: Room
  /** Who did it; unknown of an add-on's notification. */
  readonly person?: Person
  /** The message or notification that it is about. */
  readonly entry?: RoomEntry
  /** What else stands in the body's `item`. */
  readonly item?: Readonly<Record<string, unknown>>
}

/** What a webhook is called with. */
export interface WebhookCall {
  /** The installation that listens; a webhook that was made with a person's token has none. */
  readonly client?: Client
  readonly webhook: Webhook
  readonly roomEvent: RoomEvent
  /** What goes wrong with it. `minimal` leaves out what the documentation's own sample has not. */
  readonly fault?: Fault | undefined
}

/** A webhook's request, as it can be sent. */
export interface WebhookRequest {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the requests of webhooks are made of. */
export interface WebhookRequestDeps {
  readonly world: World
  readonly serializers: Serializers
}

/** The request of a webhook, signed now: it can be sent more than once. */
export function prepareWebhook(call: WebhookCall, { world, serializers }: WebhookRequestDeps): WebhookRequest {
  const headers = { 'Content-Type': 'application/json', ...authorization(call, world) }
  return { method: 'POST', headers, body: bodyOf(call, serializers) }
}

function bodyOf({ client, webhook, roomEvent, fault }: WebhookCall, serializers: Serializers): string {
  const { event, room, entry, person } = roomEvent
  const item = {
    room: serializers.room(room),
    ...(entry ? { message: serializers.entry(entry) } : person ? { sender: serializers.person(person) } : {}),
    ...roomEvent.item,
  }
  if (fault?.kind === 'minimal') return dumps({ event, item: bare(item), webhook_id: webhook.id })
  return dumps({ event, item, oauth_client_id: client?.oauthId, webhook_id: webhook.id })
}

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !['links', 'version', 'is_archived', 'privacy'].includes(name))
  return Object.fromEntries(kept.map(([name, member]) => [name, bare(member)]))
}

function authorization({ client, webhook, roomEvent, fault }: WebhookCall, world: World): { Authorization?: string } {
  if (webhook.authentication !== 'jwt' || !client) return {}
  const { oauthId, oauthSecret } = client
  const { person, room } = roomEvent
  const userId = person?.id ?? 0
  const bearer = { oauthId, oauthSecret, userId, timezone: person?.timezone ?? 'UTC', roomId: room.id }
  const offMs = fault?.kind === 'clock' ? (fault.offMs ?? 600_000) : 0
  return { Authorization: `JWT ${signJwt(bearer, world.now() + offMs)}` }
}

/** What a problem document or an error envelope says of itself, in brackets. */
export function reasonIn({ text }: AddonResponse): string {
  try {
    const json = JSON.parse(text) as { detail?: unknown; title?: unknown; error?: { message?: unknown } } | null
    const reason = json?.detail ?? json?.title ?? json?.error?.message
    return typeof reason === 'string' ? ` (${reason.slice(0, 200)})` : ''
  } catch {
    return ''
  }
}
