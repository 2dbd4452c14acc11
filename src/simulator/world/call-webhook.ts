import { randomUUID } from 'node:crypto'
import { messageOf } from '../../shared/error-details.js'
import { ApiError } from '../errors.js'
import type { Delivery } from '../events.js'
import { plainHeaders } from '../wire/exchange.js'
import type { WireLog } from '../wire/wire-log.js'
import { type AddonResponse, outgoingHeaders, requestAddon } from './addon-request.js'
import { type Notification, readNotification } from './notification.js'
import type { Client, Room } from './state.js'
import {
  prepareWebhook,
  type RoomEvent,
  reasonIn,
  type WebhookCall,
  type WebhookRequest,
  type WebhookRequestDeps,
} from './webhook-request.js'

/** What calling a webhook takes. */
export interface CallWebhookDeps extends WebhookRequestDeps {
  readonly wire: WireLog
  /** How long an add-on may take to answer. */
  readonly timeoutMs: number
  /** Records and shows the delivery's progress. */
  record(room: Room, delivery: Delivery): Delivery
  /** Shows the notification in an add-on's response. */
  readonly answer: (client: Client | undefined, room: Room, notification: Notification) => void
  /** Tells the people in the room why nothing was shown. */
  readonly notice: (room: Room, text: string) => void
}

/** Calls a webhook once, and returns what came of it. */
export async function callWebhook(call: WebhookCall, deps: CallWebhookDeps): Promise<Delivery> {
  const { client, webhook, roomEvent } = call
  const { room, event, entry } = roomEvent
  const started = deps.record(room, {
    id: randomUUID(),
    at: deps.world.date(),
    addon: nameOf(call),
    ...(client ? { oauthId: client.oauthId } : {}),
    webhookId: webhook.id,
    event,
    url: webhook.url,
    state: 'sent',
    ...(entry ? { messageId: entry.id } : {}),
  })
  const request = prepareWebhook(call, deps)
  // Whoever resends it watches the wire, so the room need not be told.
  const quiet = { ...deps, notice: () => undefined }
  deps.wire.open(started, () => exchange({ ...call, fault: undefined }, request, started.id, quiet))
  const since = performance.now()
  const outcome = await exchange(call, request, started.id, deps)
  return deps.record(room, { ...started, ms: Math.round(performance.now() - since), ...outcome })
}

type Outcome = Pick<Delivery, 'state' | 'status' | 'shown' | 'error'>

/** Sends a webhook's request, and shows what is answered. */
async function exchange(
  call: WebhookCall,
  request: WebhookRequest,
  id: string,
  deps: CallWebhookDeps,
): Promise<Outcome> {
  const { webhook, roomEvent, fault } = call
  const name = nameOf(call)
  const headers = { Host: new URL(webhook.url).host, ...outgoingHeaders(request) }
  const received = deps.wire.sent(id, { ...request, url: webhook.url, headers, ...(fault ? { fault } : {}) })
  const since = performance.now()
  try {
    const response = await requestAddon(webhook.url, { ...request, timeoutMs: deps.timeoutMs })
    const { status, text } = response
    received({ answer: { status, headers: plainHeaders(response.headers), body: text }, ms: sinceMs(since) })
    if (status < 200 || status > 299) {
      deps.notice(roomEvent.room, `${name} answered ${status}${reasonIn(response)}.`)
      return { state: 'failed', status, error: `answered ${status}` }
    }
    const shown = showAnswer(call, response, deps)
    return { state: 'answered', status, ...(shown ? { shown } : {}) }
  } catch (error) {
    const reason = messageOf(error)
    received({ error: reason, ms: sinceMs(since) })
    deps.notice(roomEvent.room, `${name} did not answer: ${reason}.`)
    return { state: 'failed', error: reason }
  }
}

/** Says whether it was a notification. */
function showAnswer(call: WebhookCall, { text }: AddonResponse, deps: CallWebhookDeps): boolean {
  const { event, room }: RoomEvent = call.roomEvent
  if (event !== 'room_message' || text.trim() === '') return false
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Object.keys(json).length === 0) return false
    deps.answer(call.client, room, readNotification(json))
    return true
  } catch (error) {
    const reason = error instanceof ApiError ? error.message : 'it is not JSON'
    deps.notice(
      room,
      `${nameOf(call)} answered with something other than a notification, so it is not shown: ${reason}.`,
    )
    return false
  }
}

function nameOf({ client, webhook }: WebhookCall): string {
  return client?.name ?? (webhook.name || webhook.url)
}

function sinceMs(started: number): number {
  return Math.round(performance.now() - started)
}
