import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import { isRecord } from '../../shared/json.js'
import type { Store } from '../../stores/store.js'
import { updateWindowMs } from '../update-window.js'
import { name } from './wire.js'

/** How far an invocation was answered: kept in the store, so that another process goes on from there. */
export interface DeliveryState {
  /** The reply that the deferred answer was meant for; undefined while that still says that the bot is thinking. */
  readonly original?: string
  /** True once it has arrived. */
  readonly settled?: boolean
  /** True where that reply is handed over in the ack, instead of a deferred answer. */
  readonly inAck?: boolean
  /** How many messages went to the channel itself. */
  readonly posted: number
  /** The messages that later replies may replace, by the name that they are replaced by. */
  readonly messages: Readonly<Record<string, MessageRef>>
}

/** Reference to a message. */
export interface MessageRef {
  readonly id: string
  readonly hidden: boolean
  /** Undefined where the bot cannot reach it without the interaction. */
  readonly channelId?: string
}

/** What was delivered of an invocation so far. */
export async function readDeliveryState(store: Store, invocationId: string): Promise<DeliveryState> {
  const kept = await store.get(keyOf(invocationId))
  return isRecord(kept) ? (kept as unknown as DeliveryState) : nothingDelivered
}

/** The state of an invocation that was not answered yet. */
export const nothingDelivered: DeliveryState = { posted: 0, messages: {} }

/** Tells a reply from the others of its call. */
export function markOf(reply: Reply): string {
  return shortHash(JSON.stringify(reply))
}

/** Stores what was delivered. */
export async function saveDeliveryState(store: Store, invocation: Invocation, state: DeliveryState): Promise<void> {
  await store.set(keyOf(invocation.id), state, { ttlMs: updateWindowMs(invocation, keptMs) })
}

/** Longer than any command runs and any reply is tried. */
const keptMs = 24 * 60 * 60_000

function keyOf(invocationId: string): string {
  return `${name}/told/${invocationId}`
}
