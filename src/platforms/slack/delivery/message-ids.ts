import type { Invocation } from '../../../model/invocation.js'
import { shortHash } from '../../../shared/crypto.js'
import { asRecord, readText } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { updateWindowMs } from '../../update-window.js'
import { name, readId } from '../wire.js'

/** Reference to a message. */
export interface MessageRef {
  readonly ts: string
  /** Undefined if it is the invocation's room: edits need a channel id, while posts accept `#name` too. */
  readonly channel?: string | undefined
}

/** The messages of replies that later ones replace. */
export interface MessageIds {
  /** Stores the service's response to a post. */
  note(invocation: Invocation, updateKey: string, answer: Readonly<Record<string, unknown>>): Promise<void>
  find(invocation: Invocation, updateKey: string): Promise<MessageRef | undefined>
}

/** Creates the store of message references, kept for at least a day and shared by all processes. */
export function createMessageIds(store: Pick<Store, 'get' | 'set'>): MessageIds {
  const keyOf = ({ id }: Invocation, updateKey: string) => `${name}/posted/${shortHash(id, updateKey)}`
  return {
    async note(invocation, updateKey, { ts, channel }) {
      if (typeof ts !== 'string') return
      const ref: MessageRef = { ts, channel: readId(channel) }
      await store.set(keyOf(invocation, updateKey), ref, { ttlMs: updateWindowMs(invocation, 24 * 3_600_000) })
    },
    async find(invocation, updateKey) {
      const kept = await store.get(keyOf(invocation, updateKey))
      const ref = typeof kept === 'string' ? { ts: kept } : asRecord(kept) // earlier versions stored only the timestamp
      const ts = readText(ref['ts'])
      return ts === undefined ? undefined : { ts, channel: readId(ref['channel']) }
    },
  }
}
