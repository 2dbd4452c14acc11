import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import { isRecord } from '../../shared/json.js'
import type { Store } from '../../stores/store.js'
import { updateWindowMs } from '../update-window.js'
import { name } from './wire.js'

/** What was delivered for an invocation, stored so that another process can continue. */
export interface DeliveryState {
  /** The reply that replaces the deferred response; undefined while that still shows `thinking…`. */
  readonly original?: string
  /** True once it has arrived. */
  readonly settled?: boolean
  /** True if that reply is in the ack instead of a deferred response. */
  readonly inAck?: boolean
  /** How many messages were sent to the channel directly. */
  readonly posted: number
  /** The messages that later replies may replace, by name. */
  readonly messages: Readonly<Record<string, MessageRef>>
}

/** Reference to a message. */
export interface MessageRef {
  readonly id: string
  readonly hidden: boolean
  /** Undefined if the bot cannot reach it without the interaction. */
  readonly channelId?: string
}

/** What was delivered so far. */
export async function readDeliveryState(store: Store, invocationId: string): Promise<DeliveryState> {
  const kept = await store.get(keyOf(invocationId))
  return isRecord(kept) ? (kept as unknown as DeliveryState) : nothingDelivered
}

/** The state before the first reply. */
export const nothingDelivered: DeliveryState = { posted: 0, messages: {} }

/** Identifies a reply within its call. */
export function markOf(reply: Reply): string {
  return shortHash(JSON.stringify(reply))
}

/** Stores what was delivered. */
export async function saveDeliveryState(store: Store, invocation: Invocation, state: DeliveryState): Promise<void> {
  await store.set(keyOf(invocation.id), state, { ttlMs: updateWindowMs(invocation, keptMs) })
}

/** Longer than any command runs and any reply is retried. */
const keptMs = 24 * 60 * 60_000

function keyOf(invocationId: string): string {
  return `${name}/told/${invocationId}`
}
