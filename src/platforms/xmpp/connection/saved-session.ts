import type { Encryptor } from '../../../model/encryptor.js'
import type { Logger } from '../../../model/logger.js'
import { messageOf } from '../../../shared/error-details.js'
import { parseObject } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** What is needed to resume a session that the server keeps. https://xmpp.org/extensions/xep-0198.html */
export interface SessionState {
  /** The server's id for it. */
  readonly id: string
  /** The address that it is bound to, with the resource. */
  readonly jid: string
  /** How many of the server's stanzas were handled. */
  readonly handled: number
}

/** The session that a process leaves to its successor when it dies. */
export interface SavedSession {
  /** Undefined if there is none. Rejects if the store is unreachable, lest messages that the server holds be lost. */
  load(): Promise<SessionState | undefined>
  save(state: SessionState): Promise<void>
}

/** Creates it; the session is stored encrypted, and not at all without an encryptor. */
export function createSavedSession({ store, encryptor, jid, log }: SavedSessionDeps): SavedSession {
  const key = `${name}/session/${jid}`
  return {
    async load() {
      const stored = encryptor && (await store.get(key))
      if (typeof stored !== 'string') return undefined
      try {
        return toState(encryptor?.decrypt(stored, key) ?? '')
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the saved session cannot be read')
        return undefined
      }
    },
    async save(state) {
      const encrypted = encryptor?.encrypt(JSON.stringify(state), key)
      if (encrypted === undefined) return
      await store.set(key, encrypted).catch((error: unknown) => {
        log.debug({ reason: messageOf(error) }, 'the session was not saved')
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
