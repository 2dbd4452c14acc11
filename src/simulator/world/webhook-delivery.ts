import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { messageOf } from '../../shared/error-details.js'
import { ApiError } from '../errors.js'
import type { Delivery, Events } from '../events.js'
import type { Faults } from '../faults.js'
import type { AddonResponse } from './addon-request.js'
import type { Clients } from './clients.js'
import { type Notification, readNotification } from './notification.js'
import type { Client, Room, Webhook } from './state.js'
import { compilePattern, type Pattern } from './webhook-pattern.js'
import type { RoomEvent, WebhookCall, WebhookRequestDeps } from './webhook-request.js'
import { reasonIn, requestWebhook } from './webhook-request.js'

/** Delivers what happens to every webhook that listens to it. */
export interface Webhooks {
  /** Whether anybody listens to it. */
  hasListener(roomEvent: RoomEvent): boolean
  /** Delivers in parallel and gives what came of each; who asks need not wait for it. */
  fire(roomEvent: RoomEvent): Promise<readonly Delivery[]>
  /** The latest deliveries, oldest first. */
  log(): readonly Delivery[]
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** What a delivery needs. */
export interface WebhooksDeps extends WebhookRequestDeps {
  readonly clients: Clients
  readonly faults: Faults
  readonly events: Events
  /** Shows the notification that an add-on gave as its answer. */
  readonly answer: (client: Client | undefined, room: Room, notification: Notification) => void
  /** Tells the people in the room why nothing came. */
  readonly notice: (room: Room, text: string) => void
}

/** Delivers webhooks as the real server did: once each, in parallel, ten seconds, never again. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { events } = deps
  const log = new Map<string, Delivery>()
  const underWay = new Set<Promise<unknown>>()

  function record(room: Room, delivery: Delivery): Delivery {
    log.set(delivery.id, delivery)
    for (const id of log.keys()) if (log.size > mostDeliveries) log.delete(id)
    events.emit({ type: 'delivery', roomId: room.id, delivery })
    return delivery
  }

  async function deliverAll(roomEvent: RoomEvent): Promise<readonly Delivery[]> {
    const calls = callsFor(roomEvent, deps)
    return (await Promise.all(calls.map((call) => deliverWithFaults(call, { ...deps, record })))).flat()
  }

  return {
    hasListener: (roomEvent) => callsFor(roomEvent, deps).length > 0,
    fire(roomEvent) {
      const all = deliverAll(roomEvent)
      underWay.add(all)
      all.catch(() => undefined).then(() => underWay.delete(all))
      return all
    },
    log: () => [...log.values()],
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}

const mostDeliveries = 200

interface DeliveryDeps extends WebhooksDeps {
  /** Keeps how far a delivery has come, and shows it. */
  record(room: Room, delivery: Delivery): Delivery
}

function callsFor(roomEvent: RoomEvent, { clients, world }: Pick<WebhooksDeps, 'clients' | 'world'>): WebhookCall[] {
  const ofAddons = clients
    .all()
    .filter(({ pending, roomId }) => !pending && (roomId === undefined || roomId === roomEvent.room.id))
    .flatMap((client) => client.webhooks.map((webhook) => ({ client, webhook, roomEvent })))
  const ofPeople = world.people().flatMap(({ webhooks = [] }) => webhooks.map((webhook) => ({ webhook, roomEvent })))
  return [...ofAddons, ...ofPeople].filter(({ webhook }) => listens(webhook, roomEvent))
}

function listens(webhook: Webhook, { event, room, entry }: RoomEvent): boolean {
  if (webhook.event !== event) return false
  if (webhook.roomId !== undefined && webhook.roomId !== room.id) return false
  if (!entry || !webhook.pattern) return true
  const pattern = patterns.get(webhook) ?? compilePattern(webhook.pattern)
  patterns.set(webhook, pattern)
  return pattern(entry.text)
}

const patterns = new WeakMap<Webhook, Pattern>()

async function deliverWithFaults(call: WebhookCall, deps: DeliveryDeps): Promise<readonly Delivery[]> {
  const fault = deps.faults.next('delivery')
  if (fault?.kind === 'drop') return []
  if (fault?.kind === 'delay') await wait(fault.delayMs ?? 1000)
  const times = fault?.kind === 'duplicate' ? 2 : 1
  const minimal = fault?.kind === 'minimal'
  return Promise.all(Array.from({ length: times }, () => deliver({ ...call, minimal }, deps)))
}

async function deliver(call: WebhookCall, deps: DeliveryDeps): Promise<Delivery> {
  const { client, webhook, roomEvent } = call
  const { room, event, entry } = roomEvent
  const name = client?.name ?? (webhook.name || webhook.url)
  const started = deps.record(room, {
    id: randomUUID(),
    at: deps.world.date(),
    addon: name,
    ...(client ? { oauthId: client.oauthId } : {}),
    webhookId: webhook.id,
    event,
    url: webhook.url,
    state: 'sent',
    ...(entry ? { messageId: entry.id } : {}),
  })
  const since = performance.now()
  const end = (outcome: Pick<Delivery, 'state' | 'status' | 'error'>) =>
    deps.record(room, { ...started, ms: Math.round(performance.now() - since), ...outcome })
  try {
    const response = await requestWebhook(call, deps)
    const { status } = response
    if (status < 200 || status > 299) {
      deps.notice(room, `${name} answered ${status}${reasonIn(response)}.`)
      return end({ state: 'failed', status, error: `answered ${status}` })
    }
    showAnswer({ client, name }, roomEvent, response, deps)
    return end({ state: 'answered', status })
  } catch (error) {
    const reason = messageOf(error)
    deps.notice(room, `${name} did not answer: ${reason}.`)
    return end({ state: 'failed', error: reason })
  }
}

interface Answerer {
  readonly client: Client | undefined
  readonly name: string
}

function showAnswer(
  { client, name }: Answerer,
  { event, room }: RoomEvent,
  { text }: AddonResponse,
  deps: WebhooksDeps,
): void {
  if (event !== 'room_message' || text.trim() === '') return
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Object.keys(json).length === 0) return
    deps.answer(client, room, readNotification(json))
  } catch (error) {
    const reason = error instanceof ApiError ? error.message : 'it is not JSON'
    deps.notice(room, `${name} answered with something other than a notification, so it is not shown: ${reason}.`)
  }
}
