import type { Invocation } from '../../../model/invocation.js'
import { shortHash } from '../../../shared/crypto.js'
import { asRecord, readText } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { updateWindowMs } from '../../update-window.js'
import { name, readId } from '../wire.js'

/** Reference to a message. */
export interface MessageRef {
  readonly ts: string
  /** Undefined where it is the room of the invocation: edits take a channel's id, where posts take `#name` too. */
  readonly channel?: string | undefined
}

/** Which message stands for a reply that later ones take the place of. */
export interface MessageIds {
  /** Takes what the service answered to a post. */
  note(invocation: Invocation, updateKey: string, answer: Readonly<Record<string, unknown>>): Promise<void>
  find(invocation: Invocation, updateKey: string): Promise<MessageRef | undefined>
}

/** Creates the store of message references, which keeps them for a day at least, for all processes. */
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
      const ref = typeof kept === 'string' ? { ts: kept } : asRecord(kept) // earlier versions kept the time alone
      const ts = readText(ref['ts'])
      return ts === undefined ? undefined : { ts, channel: readId(ref['channel']) }
    },
  }
}
