import { LRUCache } from 'lru-cache'
import type { Encryptor } from '../model/encryptor.js'
import { BotError, isBotError, UnavailableError } from '../model/errors.js'
import type { Installation } from '../model/installation.js'
import { createCacheVersion } from './cache-version.js'
import type { Store } from './store.js'

/** The installations of all platforms, their secrets encrypted at rest. */
export interface Installations {
  /**
   * The installation as it is now, or was less than a second ago where another process changed it. The same object
   * again while nothing changed, so that what was made from it can be kept with it in a WeakMap.
   */
  find(platform: string, id: string): Promise<Installation | undefined>
  save(installation: Installation): Promise<void>
  remove(platform: string, id: string): Promise<void>
  list(platform: string): AsyncIterable<Installation>
  /** Throws ConfigError where they were encrypted with another key, and nothing where the store cannot be reached. */
  checkKey(): Promise<void>
}

/** Keeps installations in `store`. Each verb throws UnavailableError where that cannot be reached. */
export function createInstallations(deps: InstallationsDeps): Installations {
  const { store, encryptor, maxCached = 20_000, staleMs = 750, longestMs = 60_000 } = deps
  const cache = new LRUCache<string, Cached>({ max: maxCached })
  const reads = new Map<string, Promise<Installation | undefined>>()
  const version = createCacheVersion(store, 'installations-version', staleMs)

  function readOnce(key: string, current: string): Promise<Installation | undefined> {
    const going = reads.get(key)
    if (going) return going
    const read = asUnavailable(store.get(key)).then(async (stored) => {
      const found = toStoredInstallation(stored)
      const known = cache.peek(key)
      const installation =
        known && known.encrypted === found?.sealed ? known.installation : found && decrypt(key, found)
      // Saved or removed meanwhile: what was read may be older than what is known.
      if (reads.get(key) !== read) return installation
      if (!found || !installation) cache.delete(key)
      else cache.set(key, { encrypted: found.sealed, installation, version: current, readAt: performance.now() })
      if (found && installation && encryptor.needsRotation(found.sealed)) await reencrypt(key, found, installation)
      return installation
    })
    reads.set(key, read)
    const forget = () => reads.get(key) === read && reads.delete(key)
    read.then(forget, forget)
    return read
  }

  /** Looks again first: what another process saved or removed in between must not be undone. */
  async function reencrypt(key: string, was: StoredInstallation, installation: Installation): Promise<void> {
    const now = toStoredInstallation(await asUnavailable(store.get(key)))
    if (now?.sealed === was.sealed) await put(installation)
  }

  async function put(installation: Installation): Promise<void> {
    const key = keyOf(installation.platform, installation.id)
    const { secrets, ...rest } = installation
    const encrypted = encryptor.encrypt(JSON.stringify(secrets), key)
    await asUnavailable(store.set(key, { ...rest, sealed: encrypted } satisfies StoredInstallation))
    reads.delete(key)
    cache.set(key, { encrypted, installation, version: version.known(), readAt: performance.now() })
  }

  function decrypt(key: string, { sealed, ...rest }: StoredInstallation): Installation {
    return { ...rest, secrets: JSON.parse(encryptor.decrypt(sealed, key)) }
  }

  return {
    async find(platform, id) {
      const key = keyOf(platform, id)
      if (key.length > longestKey) return undefined
      const current = version.known() ?? (await asUnavailable(version.read()))
      const known = cache.get(key)
      if (known?.version === current && performance.now() - known.readAt < longestMs) return known.installation
      return await readOnce(key, current)
    },
    async save(installation) {
      await put(installation)
      await version.change()
    },
    async remove(platform, id) {
      const key = keyOf(platform, id)
      await asUnavailable(store.delete(key))
      reads.delete(key)
      cache.delete(key)
      await version.change()
    },
    async *list(platform) {
      for await (const [key, stored] of store.list(keyOf(platform, ''))) {
        const found = toStoredInstallation(stored)
        if (found) yield decrypt(key, found)
      }
    },
    async checkKey() {
      try {
        for await (const [key, stored] of store.list('installation/')) {
          const found = toStoredInstallation(stored)
          if (found) return void decrypt(key, found)
        }
      } catch (error) {
        if (isBotError(error, 'config')) throw error
      }
    },
  }
}

interface InstallationsDeps {
  readonly store: Store
  readonly encryptor: Encryptor
  readonly maxCached?: number
  /** After this it is asked whether anything changed; under a second, so that it reaches other processes in time. */
  readonly staleMs?: number
  /** After this each is read again: for a process that changed it and was killed before it could say so. */
  readonly longestMs?: number
}

/**
 * An installation as the store has it. Its encrypted secrets are called `sealed` in every store there is, so that name
 * stays. Every save encrypts anew: they tell one version from the next.
 */
type StoredInstallation = Omit<Installation, 'secrets'> & { readonly sealed: string }

interface Cached {
  readonly encrypted: string
  readonly installation: Installation
  /** Of all installations when this one was read: while that is the same, so is this. */
  readonly version: string | undefined
  readonly readAt: number
}

const longestKey = 500

/** What is no plain letter is escaped, so that no id reaches into another's key; the escaped form is ASCII. */
function keyOf(platform: string, id: string): string {
  const plain = (part: string) => (/^[\w.-]*$/.test(part) ? part : encodeURIComponent(Buffer.from(part).toString()))
  return `installation/${plain(platform)}/${plain(id)}`
}

function toStoredInstallation(stored: unknown): StoredInstallation | undefined {
  if (typeof stored !== 'object' || stored === null || !('sealed' in stored)) return undefined
  return typeof stored.sealed === 'string' ? (stored as StoredInstallation) : undefined
}

async function asUnavailable<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof BotError) throw error
    throw new UnavailableError('The store cannot be reached.', 2, { cause: error })
  }
}
