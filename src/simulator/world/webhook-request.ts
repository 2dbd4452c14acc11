import type { Fault } from '../faults.js'
import { dumps } from '../python-json.js'
import type { AddonResponse } from './addon-request.js'
import type { World } from './group.js'
import { signJwt } from './jwt.js'
import type { Serializers } from './serializers.js'
import type { Client, Person, Room, RoomEntry, Webhook } from './state.js'

/** An event for webhooks. */
export interface RoomEvent {
  readonly event: string
  readonly room: Room
  /** Who caused it; unknown for an add-on's notification. */
  readonly person?: Person
  /** The message or notification that it is about. */
  readonly entry?: RoomEntry
  /** Further members of the body's `item`. */
  readonly item?: Readonly<Record<string, unknown>>
}

/** What calling a webhook needs. */
export interface WebhookCall {
  /** The installation of the webhook; a person's webhook has none. */
  readonly client?: Client
  readonly webhook: Webhook
  readonly roomEvent: RoomEvent
  /** The fault to inject. `minimal` leaves out what the documentation's own sample lacks. */
  readonly fault?: Fault | undefined
}

/** A webhook's request, ready to send. */
export interface WebhookRequest {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What building requests needs. */
export interface WebhookRequestDeps {
  readonly world: World
  readonly serializers: Serializers
}

/** Builds the request of a webhook, signed now; it can be sent more than once. */
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

/** The message of a problem document or an error envelope, in parentheses. */
export function reasonIn({ text }: AddonResponse): string {
  try {
    const json = JSON.parse(text) as { detail?: unknown; title?: unknown; error?: { message?: unknown } } | null
    const reason = json?.detail ?? json?.title ?? json?.error?.message
    return typeof reason === 'string' ? ` (${reason.slice(0, 200)})` : ''
  } catch {
    return ''
  }
}
