import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { messageOf } from '../../shared/error-details.js'
import { ApiError } from '../errors.js'
import type { Delivery, Events } from '../events.js'
import type { Faults } from '../faults.js'
import { dumps } from '../python-json.js'
import { type AddonResponse, requestAddon } from './addon-request.js'
import type { Clients } from './clients.js'
import { signJwt } from './jwt.js'
import { type Notification, readNotification } from './notification.js'
import type { Serializers } from './serializers.js'
import type { Client, Person, Room, RoomEntry, Webhook } from './state.js'
import { compilePattern, type Pattern } from './webhook-pattern.js'
import type { World } from './world.js'

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

/** Delivers what happens to every webhook that listens to it. */
export interface Webhooks {
  /** Says whether anybody listens to it. */
  hasListener(roomEvent: RoomEvent): boolean
  /** Delivers in parallel and gives what came of each. */
  fire(roomEvent: RoomEvent): Promise<readonly Delivery[]>
  /** The latest deliveries, oldest first. */
  log(): readonly Delivery[]
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** What a delivery needs. */
export interface WebhooksDeps {
  readonly world: World
  readonly clients: Clients
  readonly serializers: Serializers
  readonly faults: Faults
  readonly events: Events
  readonly timeoutMs: number
  /** Shows the notification that an add-on gave as its answer. */
  readonly answer: (client: Client, room: Room, notification: Notification) => void
  /** Tells the people in the room why nothing came. */
  readonly notice: (room: Room, text: string) => void
}

/** Delivers webhooks as the real server did: once each, in parallel, ten seconds, never again. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { world, clients, faults, events, notice } = deps
  const log = new Map<string, Delivery>()
  const underWay = new Set<Promise<unknown>>()
  const patterns = new WeakMap<Webhook, Pattern>()

  function listens(client: Client, webhook: Webhook, { event, room, entry }: RoomEvent): boolean {
    if (client.pending || webhook.event !== event) return false
    if (client.roomId !== undefined && client.roomId !== room.id) return false
    if (webhook.roomId !== undefined && webhook.roomId !== room.id) return false
    if (!entry || !webhook.pattern) return true
    const pattern = patterns.get(webhook) ?? compilePattern(webhook.pattern)
    patterns.set(webhook, pattern)
    return pattern(entry.text)
  }

  function note(room: Room, delivery: Delivery): Delivery {
    log.set(delivery.id, delivery)
    for (const id of log.keys()) if (log.size > mostDeliveries) log.delete(id)
    events.emit({ type: 'delivery', roomId: room.id, delivery })
    return delivery
  }

  async function deliver(client: Client, webhook: Webhook, roomEvent: RoomEvent, minimal: boolean): Promise<Delivery> {
    const { room, event, entry } = roomEvent
    const { url } = webhook
    const started = note(room, {
      id: randomUUID(),
      at: world.date(),
      addon: client.name,
      oauthId: client.oauthId,
      webhookId: webhook.id,
      event,
      url,
      state: 'sent',
      ...(entry ? { messageId: entry.id } : {}),
    })
    const since = performance.now()
    const took = () => Math.round(performance.now() - since)
    try {
      const body = bodyOf(deps.serializers, client, webhook, roomEvent, minimal)
      const headers = { 'Content-Type': 'application/json', ...authorization(world, client, webhook, roomEvent) }
      const called = await requestAddon(url, { method: 'POST', headers, body, timeoutMs: deps.timeoutMs })
      if (called.status < 200 || called.status > 299) {
        notice(room, `${client.name} answered ${called.status}${reasonIn(called)}.`)
        return note(room, {
          ...started,
          state: 'failed',
          status: called.status,
          ms: took(),
          error: `answered ${called.status}`,
        })
      }
      takeAnswer(client, roomEvent, called)
      return note(room, { ...started, state: 'answered', status: called.status, ms: took() })
    } catch (error) {
      const reason = messageOf(error)
      notice(room, `${client.name} did not answer: ${reason}.`)
      return note(room, { ...started, state: 'failed', ms: took(), error: reason })
    }
  }

  function takeAnswer(client: Client, { event, room }: RoomEvent, { text }: AddonResponse): void {
    if (event !== 'room_message' || text.trim() === '') return
    try {
      const json: unknown = JSON.parse(text)
      if (typeof json !== 'object' || json === null || Object.keys(json).length === 0) return
      deps.answer(client, room, readNotification(json))
    } catch (error) {
      const reason = error instanceof ApiError ? error.message : 'it is not JSON'
      notice(room, `${client.name} answered with something that is no notification, so it is not shown: ${reason}.`)
    }
  }

  async function deliverWithFaults(
    client: Client,
    webhook: Webhook,
    roomEvent: RoomEvent,
  ): Promise<readonly Delivery[]> {
    const fault = faults.next('delivery')
    if (fault?.kind === 'drop') return []
    if (fault?.kind === 'delay') await wait(fault.delayMs ?? 1000)
    const times = fault?.kind === 'duplicate' ? 2 : 1
    const minimal = fault?.kind === 'minimal'
    return Promise.all(Array.from({ length: times }, () => deliver(client, webhook, roomEvent, minimal)))
  }

  return {
    hasListener: (roomEvent) =>
      clients.all().some((client) => client.webhooks.some((webhook) => listens(client, webhook, roomEvent))),

    async fire(roomEvent) {
      const wanted = clients
        .all()
        .flatMap((client) =>
          client.webhooks
            .filter((webhook) => listens(client, webhook, roomEvent))
            .map((webhook) => deliverWithFaults(client, webhook, roomEvent)),
        )
      const all = Promise.all(wanted)
      underWay.add(all)
      try {
        return (await all).flat()
      } finally {
        underWay.delete(all)
      }
    },
    log: () => [...log.values()],
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}

const mostDeliveries = 200

function bodyOf(
  serializers: Serializers,
  client: Client,
  webhook: Webhook,
  roomEvent: RoomEvent,
  minimal: boolean,
): string {
  const { event, room, entry, person } = roomEvent
  const item = {
    room: serializers.room(room),
    ...(entry ? { message: serializers.entry(entry) } : person ? { sender: serializers.person(person) } : {}),
    ...roomEvent.item,
  }
  if (minimal) return dumps({ event, item: bare(item), webhook_id: webhook.id })
  return dumps({ event, item, oauth_client_id: client.oauthId, webhook_id: webhook.id })
}

/** Leaves out the members that the documentation's own sample has not. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !['links', 'version', 'is_archived', 'privacy'].includes(name))
  return Object.fromEntries(kept.map(([name, member]) => [name, bare(member)]))
}

function authorization(
  world: World,
  client: Client,
  webhook: Webhook,
  { room, person }: RoomEvent,
): { Authorization?: string } {
  if (webhook.authentication !== 'jwt') return {}
  const { oauthId, oauthSecret } = client
  const userId = person?.id ?? 0
  const bearer = { oauthId, oauthSecret, userId, timezone: person?.timezone ?? 'UTC', roomId: room.id }
  return { Authorization: `JWT ${signJwt(bearer, world.now())}` }
}

/** What a problem document or an error envelope says of itself, in brackets. */
function reasonIn({ text }: AddonResponse): string {
  try {
    const json = JSON.parse(text) as { detail?: unknown; title?: unknown; error?: { message?: unknown } } | null
    const reason = json?.detail ?? json?.title ?? json?.error?.message
    return typeof reason === 'string' ? ` (${reason.slice(0, 200)})` : ''
  } catch {
    return ''
  }
}
