import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Encryptor } from '../model/encryptor.js'

/** A token as its issuer gave it. */
export interface IssuedToken {
  readonly token: string
  readonly expiresInMs: number
}

/** Access tokens, each asked for once however many need it. */
export interface TokenCache {
  /** A token that is good for a while yet. Rejects as `fetch` does. */
  get(key: string): Promise<string>
  /** The issuer no longer takes `token`: the next `get` brings another, once for all who ask. */
  forget(key: string, token: string): void
  /** Nothing under `key` is kept any longer. */
  drop(key: string): Promise<void>
}

/** Where tokens are kept for other processes, and what makes them unreadable there. */
export interface TokenCacheDeps {
  readonly store: {
    get(key: string): Promise<unknown>
    set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>
    add(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<boolean>
    delete(key: string): Promise<void>
  }
  /** Left out: tokens stay in this process. */
  readonly encryptor?: Encryptor
  readonly fetch: (key: string) => Promise<IssuedToken>
  readonly now?: () => number
}

/** Makes the keeper of tokens: from memory, else from the store, else from their issuer. */
export function createTokenCache({ store, encryptor, fetch, now = Date.now }: TokenCacheDeps): TokenCache {
  const kept = new LRUCache<string, CachedToken>({ max: 20_000 })
  const underway = new Map<string, Promise<CachedToken>>()
  const forgotten = new LRUCache<string, true>({ max: 1_000 }) // so that a look into the store does not bring one back

  async function get(key: string): Promise<string> {
    const known = kept.get(key)
    if (known && known.until > now()) return known.token
    const running = underway.get(key)
    if (running) return (await running).token
    const found = find(key)
    underway.set(key, found)
    try {
      return (await found).token
    } finally {
      underway.delete(key)
    }
  }

  async function find(key: string): Promise<CachedToken> {
    const token = (await readStored(key)) ?? (encryptor ? await renewInTurn(key) : await renew(key))
    kept.set(key, token)
    return token
  }

  /** One process asks, the others wait for what it gets; one that died is waited for no longer than its turn lasts. */
  async function renewInTurn(key: string): Promise<CachedToken> {
    const turn = `token-turn/${key}`
    while (!(await store.add(turn, '', { ttlMs: turnMs }))) {
      await sleep(25 + Math.random() * 25)
      const brought = await readStored(key)
      if (brought) return brought
    }
    try {
      return (await readStored(key)) ?? (await renew(key))
    } finally {
      await store.delete(turn).catch(() => undefined) // it ends by itself
    }
  }

  async function renew(key: string): Promise<CachedToken> {
    const { token, expiresInMs } = await fetch(key)
    const lasting = expiresInMs - Math.min(60_000, expiresInMs / 10)
    const fresh = { token, until: now() + lasting }
    if (encryptor && lasting > 1_000) {
      await store.set(at(key), encryptor.encrypt(JSON.stringify(fresh), at(key)), { ttlMs: Math.floor(lasting) })
    }
    return fresh
  }

  async function readStored(key: string): Promise<CachedToken | undefined> {
    if (!encryptor) return undefined
    const encrypted = await store.get(at(key))
    if (typeof encrypted !== 'string') return undefined
    try {
      const found: unknown = JSON.parse(encryptor.decrypt(encrypted, at(key)))
      return isKept(found) && found.until > now() && !forgotten.has(found.token) ? found : undefined
    } catch {
      return undefined // encrypted with a key that is gone: a new token replaces it
    }
  }

  return {
    get,
    forget(key, token) {
      forgotten.set(token, true)
      if (kept.get(key)?.token === token) kept.delete(key)
    },
    async drop(key) {
      kept.delete(key)
      if (encryptor) await store.delete(at(key))
    },
  }
}

/** Longer than an issuer may take to answer, and to be asked again. */
const turnMs = 15_000

interface CachedToken {
  readonly token: string
  readonly until: number
}

const at = (key: string) => `token/${key}`

function isKept(value: unknown): value is CachedToken {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    'until' in value &&
    typeof value.until === 'number'
  )
}
