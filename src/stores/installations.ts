import type { Encryptor } from '../model/encryptor.js'
import { isBotError } from '../model/errors.js'
import type { Installation } from '../model/installation.js'
import { createCache } from '../shared/cache.js'
import { isRecord } from '../shared/json.js'
import { createCacheVersion } from './cache-version.js'
import { maxKeyBytes } from './key-constraints.js'
import { orUnavailable } from './or-unavailable.js'
import type { Store } from './store.js'

/** The installations of all platforms, their secrets encrypted at rest. */
export interface Installations {
  /**
   * The installation as it is now, or was less than a second ago where another process changed it. The same object
   * again while nothing changed, so that what is derived from it can be cached in a WeakMap.
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
  const { store, encryptor, maxCached = 20_000, staleMs, longestMs = 60_000 } = deps
  const cache = createCache<CachedInstallation>({ max: maxCached })
  const reads = new Map<string, Promise<Installation | undefined>>()
  const version = createCacheVersion(store, 'installations-version', staleMs)

  /** Reads it from the store, once for all who ask meanwhile. */
  function readOnce(key: string, current: string): Promise<Installation | undefined> {
    const running = reads.get(key)
    if (running) return running
    const isLatest = () => reads.get(key) === read
    const read = readStored(key, current, isLatest).finally(() => isLatest() && reads.delete(key))
    reads.set(key, read)
    return read
  }

  async function readStored(key: string, current: string, isLatest: () => boolean): Promise<Installation | undefined> {
    const readAt = performance.now()
    const stored = toStored(await orUnavailable(() => store.get(key)))
    const cached = cache.peek(key)
    const unchanged = cached && cached.encrypted === stored?.sealed
    const installation = unchanged ? cached.installation : stored && decrypt(key, stored)
    if (!isLatest()) return installation // saved or removed meanwhile: what is cached may be newer
    if (!stored || !installation) return void cache.delete(key)
    cache.set(key, { encrypted: stored.sealed, installation, version: current, readAt })
    if (encryptor.needsRotation(stored.sealed)) await reencrypt(key, stored, installation)
    return installation
  }

  /** Looks again first: what another process saved or removed in between must not be undone. */
  async function reencrypt(key: string, stored: StoredInstallation, installation: Installation): Promise<void> {
    const now = toStored(await orUnavailable(() => store.get(key)))
    if (now?.sealed === stored.sealed) await put(installation)
  }

  async function put(installation: Installation): Promise<void> {
    const key = keyOf(installation.platform, installation.id)
    const { secrets, ...rest } = installation
    const encrypted = encryptor.encrypt(JSON.stringify(secrets), key)
    await orUnavailable(() => store.set(key, { ...rest, sealed: encrypted } satisfies StoredInstallation))
    reads.delete(key)
    cache.set(key, { encrypted, installation, version: version.known(), readAt: performance.now() })
  }

  function decrypt(key: string, { sealed, ...rest }: StoredInstallation): Installation {
    return { ...rest, secrets: JSON.parse(encryptor.decrypt(sealed, key)) }
  }

  async function* list(prefix: string): AsyncGenerator<Installation> {
    for await (const [key, value] of store.list(prefix)) {
      const stored = toStored(value)
      if (stored) yield decrypt(key, stored)
    }
  }

  return {
    async find(platform, id) {
      const key = keyOf(platform, id)
      if (key.length > maxKeyBytes) return undefined
      const current = version.known() ?? (await version.read())
      const cached = cache.get(key)
      if (cached?.version === current && performance.now() - cached.readAt < longestMs) return cached.installation
      return await readOnce(key, current)
    },
    async save(installation) {
      await put(installation)
      await version.change()
    },
    async remove(platform, id) {
      const key = keyOf(platform, id)
      await orUnavailable(() => store.delete(key))
      reads.delete(key)
      cache.delete(key)
      await version.change()
    },
    list: (platform) => list(keyOf(platform, '')),
    async checkKey() {
      try {
        for await (const _ of list('installation/')) return // one is enough
      } catch (error) {
        if (isBotError(error, 'config')) throw error
      }
    },
  }
}

interface InstallationsDeps {
  readonly store: Store
  readonly encryptor: Encryptor
  /** How many are kept in memory. */
  readonly maxCached?: number
  /** How long another process's change may go unnoticed, in milliseconds. */
  readonly staleMs?: number
  /** The same where that process was killed before it could announce its change. */
  readonly longestMs?: number
}

/**
 * An installation as the store has it. Its encrypted secrets are called `sealed` in every store there is, so that name
 * stays. Every save encrypts anew: they tell one version from the next.
 */
type StoredInstallation = Omit<Installation, 'secrets'> & { readonly sealed: string }

interface CachedInstallation {
  readonly encrypted: string
  readonly installation: Installation
  /** Of all installations when this one was read: while that is the same, so is this one. */
  readonly version: string | undefined
  readonly readAt: number
}

/** No id reaches into another's key. Stores hold such keys: it must not change. */
function keyOf(platform: string, id: string): string {
  return `installation/${encodeKeyPart(platform)}/${encodeKeyPart(id)}`
}

function encodeKeyPart(part: string): string {
  return /^[\w.-]*$/.test(part) ? part : encodeURIComponent(Buffer.from(part).toString()) // well-formed
}

function toStored(value: unknown): StoredInstallation | undefined {
  return isRecord(value) && typeof value['sealed'] === 'string' ? (value as unknown as StoredInstallation) : undefined
}
