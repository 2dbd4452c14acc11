import type { Encryptor } from '../../../model/encryptor.js'
import type { Logger } from '../../../model/logger.js'
import { messageOf } from '../../../shared/error-details.js'
import { parseObject } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** What it takes to go on with a session that the server keeps (https://xmpp.org/extensions/xep-0198.html). */
export interface SessionState {
  /** The server's name for it. */
  readonly id: string
  /** The address that it is bound to, with its resource. */
  readonly jid: string
  /** How many stanzas of the server's were taken in. */
  readonly handled: number
}

/** The session that a process leaves to the next when it dies. */
export interface SavedSession {
  /** Undefined where there is none. Rejects where the store cannot be reached: what the server holds would be lost. */
  load(): Promise<SessionState | undefined>
  save(state: SessionState): Promise<void>
}

/** Keeps it in the store, encrypted; without an encryptor nowhere. */
export function createSavedSession({ store, encryptor, jid, log }: SavedSessionDeps): SavedSession {
  const key = `${name}/session/${jid}`
  return {
    async load() {
      const stored = encryptor && (await store.get(key))
      if (typeof stored !== 'string') return undefined
      try {
        return toState(encryptor?.decrypt(stored, key) ?? '')
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the session that the server keeps cannot be read')
        return undefined
      }
    },
    async save(state) {
      const encrypted = encryptor?.encrypt(JSON.stringify(state), key)
      if (encrypted === undefined) return
      await store.set(key, encrypted).catch((error: unknown) => {
        log.debug({ reason: messageOf(error) }, 'it is not noted what the server was told')
      })
    },
  }
}

interface SavedSessionDeps {
  readonly store: Pick<Store, 'get' | 'set'>
  readonly encryptor: Encryptor | undefined
  readonly jid: string
  readonly log: Logger
}

function toState(json: string): SessionState | undefined {
  const { id, jid, handled } = parseObject(json) ?? {}
  if (typeof id !== 'string' || typeof jid !== 'string' || typeof handled !== 'number') return undefined
  return { id, jid, handled }
}
