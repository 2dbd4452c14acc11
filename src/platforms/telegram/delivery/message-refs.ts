import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import { shortHash } from '../../../shared/crypto.js'
import { asRecord } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { updateWindowMs } from '../../update-window.js'
import { name, readId } from '../wire.js'

/** Reference to a message. */
export interface MessageRef {
  readonly chatId: string
  readonly messageId?: string
  /** Of one that its receiver alone sees, which has no id of the other kind. */
  readonly ephemeralId?: string
}

/** Which message stands for a reply that later ones take the place of. */
export interface MessageRefs {
  note(reply: Reply, invocation: Invocation, message: MessageRef): Promise<void>
  find(reply: Reply, invocation: Invocation): Promise<MessageRef | undefined>
}

/** Creates the store of message references, which keeps them for a day at least, for all processes. */
export function createMessageRefs(store: Pick<Store, 'get' | 'set'>): MessageRefs {
  return {
    async note(reply, invocation, message) {
      const key = keyOf(reply, invocation)
      if (key) await store.set(key, message, { ttlMs: updateWindowMs(invocation, 24 * 3_600_000) })
    },
    async find(reply, invocation) {
      const key = keyOf(reply, invocation)
      const kept = asRecord(key && (await store.get(key)))
      const [chatId, messageId, ephemeralId] = ['chatId', 'messageId', 'ephemeralId'].map((part) => readId(kept[part]))
      if (!chatId) return undefined
      return { chatId, ...(messageId ? { messageId } : {}), ...(ephemeralId ? { ephemeralId } : {}) }
    },
  }
}

/** What was said to somebody alone must not take the place of what the room reads. */
function keyOf({ updateKey, audience }: Reply, { id, room }: Invocation): string | undefined {
  return updateKey === undefined ? undefined : `${name}/posted/${shortHash(id, room.id, audience, updateKey)}`
}
