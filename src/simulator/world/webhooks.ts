import { setTimeout as wait } from 'node:timers/promises'
import type { CommandFailure, Delivery, Events } from '../events.js'
import type { Faults } from '../faults.js'
import { type CallWebhookDeps, callWebhook } from './call-webhook.js'
import type { Clients } from './clients.js'
import type { Room, Webhook } from './state.js'
import { compilePattern, type Pattern } from './webhook-pattern.js'
import type { RoomEvent, WebhookCall } from './webhook-request.js'

/** Delivers events to the webhooks that listen to them. */
export interface Webhooks {
  /** Whether any webhook listens to it. */
  hasListener(roomEvent: RoomEvent): boolean
  /** Delivers in parallel and resolves with the results; callers need not wait. */
  fire(roomEvent: RoomEvent): Promise<readonly Delivery[]>
  /** The latest deliveries, oldest first. */
  log(): readonly Delivery[]
  /** Records an error of a command that a delivery caused. */
  failed(id: string, failure: CommandFailure): void
  /** Resolves when no delivery is running. */
  settled(): Promise<void>
}

/** What webhooks are delivered with. */
export interface WebhooksDeps extends Omit<CallWebhookDeps, 'record'> {
  readonly clients: Clients
  readonly faults: Faults
  readonly events: Events
}

/** Delivers webhooks like the real server: once each, in parallel, within ten seconds, without retries. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { events } = deps
  const log = new Map<string, { readonly room: Room; readonly delivery: Delivery }>()
  const underWay = new Set<Promise<unknown>>()

  function record(room: Room, recorded: Delivery): Delivery {
    const { failure } = log.get(recorded.id)?.delivery ?? {}
    const delivery = failure ? { failure, ...recorded } : recorded
    log.set(delivery.id, { room, delivery })
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
    log: () => Array.from(log.values(), ({ delivery }) => delivery),
    failed(id, failure) {
      const { room, delivery } = log.get(id) ?? {}
      if (room && delivery) record(room, { ...delivery, failure })
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}

const mostDeliveries = 200

function callsFor(roomEvent: RoomEvent, { clients, world }: WebhooksDeps): WebhookCall[] {
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

async function deliverWithFaults(
  call: WebhookCall,
  deps: WebhooksDeps & CallWebhookDeps,
): Promise<readonly Delivery[]> {
  const fault = deps.faults.next('delivery')
  if (fault?.kind === 'drop') return []
  if (fault?.kind === 'delay') await wait(fault.delayMs ?? 1000)
  const times = fault?.kind === 'duplicate' ? 2 : 1
  return Promise.all(Array.from({ length: times }, () => callWebhook({ ...call, ...(fault ? { fault } : {}) }, deps)))
}
