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
  /** The id of an ephemeral message, which has no other id. */
  readonly ephemeralId?: string
}

/** The messages of replies that later ones replace. */
export interface MessageRefs {
  note(reply: Reply, invocation: Invocation, message: MessageRef): Promise<void>
  find(reply: Reply, invocation: Invocation): Promise<MessageRef | undefined>
}

/** Creates the store of message references, kept for at least a day and shared by all processes. */
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

/** A private message must not be replaced by a public one, nor the other way round. */
function keyOf({ updateKey, audience }: Reply, { id, room }: Invocation): string | undefined {
  return updateKey === undefined ? undefined : `${name}/posted/${shortHash(id, room.id, audience, updateKey)}`
}
