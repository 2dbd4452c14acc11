import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantStore } from '../model/command.js'
import type { Encryptor } from '../model/encryptor.js'
import { createCache } from '../shared/cache.js'
import { isRecord } from '../shared/json.js'

/** A token as its issuer gave it. */
export interface IssuedToken {
  readonly token: string
  readonly expiresInMs: number
}

/** Access tokens; concurrent callers share one request. */
export interface TokenCache {
  /** A token that stays valid for a while. Rejects as `fetch` does. */
  get(key: string): Promise<string>
  /** Call it when the issuer refused `token`: the next `get` fetches a new one. */
  invalidate(key: string, token: string): void
  /** Removes the token under `key`, also from the store. */
  delete(key: string): Promise<void>
}

/** What a token cache needs. */
export interface TokenCacheDeps {
  /** Shares tokens with other processes. */
  readonly store: Omit<TenantStore, 'list'>
  /** Encrypts shared tokens; without it, tokens stay in this process. */
  readonly encryptor?: Encryptor
  readonly fetch: (key: string) => Promise<IssuedToken>
  readonly now?: () => number
}

/** Creates the cache: tokens come from memory, else from the store, else from their issuer. */
export function createTokenCache({ store, encryptor, fetch, now = Date.now }: TokenCacheDeps): TokenCache {
  const cached = createCache<CachedToken>({ max: 20_000 })
  const pending = new Map<string, Promise<CachedToken>>()
  const refused = createCache<true>({ max: 1_000 }) // so that refused tokens do not come back from the store

  async function get(key: string): Promise<string> {
    const known = cached.get(key)
    if (known && known.until > now()) return known.token
    const running = pending.get(key)
    if (running) return (await running).token
    const loading = load(key)
    pending.set(key, loading)
    try {
      return (await loading).token
    } finally {
      pending.delete(key)
    }
  }

  async function load(key: string): Promise<CachedToken> {
    const token = (await readStored(key)) ?? (encryptor ? await renewLocked(key) : await renew(key))
    cached.set(key, token)
    return token
  }

  /** One process fetches while the others wait for its token; if it dies, its lock expires. */
  async function renewLocked(key: string): Promise<CachedToken> {
    const lock = `token-turn/${key}`
    while (!(await store.add(lock, '', { ttlMs: lockMs }))) {
      await sleep(25 + Math.random() * 25)
      const found = await readStored(key)
      if (found) return found
    }
    try {
      return (await readStored(key)) ?? (await renew(key))
    } finally {
      await store.delete(lock).catch(() => undefined) // otherwise it expires
    }
  }

  async function renew(key: string): Promise<CachedToken> {
    const { token, expiresInMs } = await fetch(key)
    const usableMs = expiresInMs - Math.min(60_000, expiresInMs / 10)
    const fresh = { token, until: now() + usableMs }
    if (encryptor && usableMs > 1_000) {
      const encrypted = encryptor.encrypt(JSON.stringify(fresh), storeKey(key))
      await store.set(storeKey(key), encrypted, { ttlMs: Math.floor(usableMs) })
    }
    return fresh
  }

  async function readStored(key: string): Promise<CachedToken | undefined> {
    if (!encryptor) return undefined
    const encrypted = await store.get(storeKey(key))
    if (typeof encrypted !== 'string') return undefined
    try {
      const found: unknown = JSON.parse(encryptor.decrypt(encrypted, storeKey(key)))
      return isCachedToken(found) && found.until > now() && !refused.has(found.token) ? found : undefined
    } catch {
      return undefined // encrypted with a lost key: a new token replaces it
    }
  }

  return {
    get,
    invalidate(key, token) {
      refused.set(token, true)
      if (cached.get(key)?.token === token) cached.delete(key)
    },
    async delete(key) {
      cached.delete(key)
      if (encryptor) await store.delete(storeKey(key))
    },
  }
}

/** Longer than an issuer may take for a request and a retry. */
const lockMs = 15_000

interface CachedToken {
  readonly token: string
  readonly until: number
}

const storeKey = (key: string) => `token/${key}`

function isCachedToken(value: unknown): value is CachedToken {
  return isRecord(value) && typeof value['token'] === 'string' && typeof value['until'] === 'number'
}
