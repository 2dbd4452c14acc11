import type { Invocation } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { asRecord, isRecord } from '../../shared/json.js'
import type { Store } from '../../stores/store.js'
import { updateWindowMs } from '../update-window.js'
import { name, readId } from './wire.js'

/** A message that a later reply may replace. */
export interface MessageRef {
  readonly id: string
  readonly conversationId: string
  /** The caller alone sees it. */
  readonly targeted: boolean
}

/** The message of the reply with this name. */
export async function findMessage(
  store: Store,
  invocation: Invocation,
  updateKey: string,
): Promise<MessageRef | undefined> {
  const kept = await store.get(keyOf(invocation, updateKey))
  const { id, conversationId, targeted } = asRecord(kept)
  const [messageId, where] = [readId(id), readId(conversationId)]
  return isRecord(kept) && messageId && where
    ? { id: messageId, conversationId: where, targeted: targeted === true }
    : undefined
}

/** Stores the message of a reply. */
export async function keepMessage(
  store: Store,
  invocation: Invocation,
  updateKey: string,
  ref: MessageRef,
): Promise<void> {
  await store.set(keyOf(invocation, updateKey), ref, { ttlMs: updateWindowMs(invocation, keptMs) })
}

/** Longer than any command runs and any reply is retried. */
const keptMs = 24 * 60 * 60_000

/** Hashed, because authors choose the names. */
function keyOf({ id }: Invocation, updateKey: string): string {
  return `${name}/told/${id}/${shortHash(updateKey)}`
}
