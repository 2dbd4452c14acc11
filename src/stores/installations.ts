import type { Encryptor } from '../model/encryptor.js'
import { isBotError } from '../model/errors.js'
import type { Installation } from '../model/installation.js'
import { createCache } from '../shared/cache.js'
import { isRecord } from '../shared/json.js'
import { createCacheVersion } from './cache-version.js'
import { maxKeyBytes } from './key-constraints.js'
import { orUnavailable } from './or-unavailable.js'
import type { Store } from './store.js'

/** The installations of all platforms, with secrets encrypted at rest. */
export interface Installations {
  /**
   * The current installation; changes by other processes may take a second. Returns the same object until it changes, so
   * derived values can be cached in a WeakMap.
   */
  find(platform: string, id: string): Promise<Installation | undefined>
  save(installation: Installation): Promise<void>
  remove(platform: string, id: string): Promise<void>
  list(platform: string): AsyncIterable<Installation>
  /** Throws ConfigError if they were encrypted with another key. An unreachable store is not an error. */
  checkKey(): Promise<void>
}

/** Stores installations in `store`. All methods throw UnavailableError if it is unreachable. */
export function createInstallations(deps: InstallationsDeps): Installations {
  const { store, encryptor, maxCached = 20_000, staleMs, longestMs = 60_000 } = deps
  const cache = createCache<CachedInstallation>({ max: maxCached })
  const reads = new Map<string, Promise<Installation | undefined>>()
  const version = createCacheVersion(store, 'installations-version', staleMs)

  /** Reads it from the store; concurrent calls share one read. */
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
    if (!isLatest()) return installation // saved or removed meanwhile: the cache may be newer
    if (!stored || !installation) return void cache.delete(key)
    cache.set(key, { encrypted: stored.sealed, installation, version: current, readAt })
    if (encryptor.needsRotation(stored.sealed)) await reencrypt(key, stored, installation)
    return installation
  }

  /** Reads again first, so as not to undo a change by another process. */
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
  /** The size of the cache. */
  readonly maxCached?: number
  /** How long another process's change may go unnoticed, in milliseconds. */
  readonly staleMs?: number
  /** The same if that process was killed before it could announce the change. */
  readonly longestMs?: number
}

/**
 * A stored installation. Existing stores call the encrypted secrets `sealed`, so the name stays. Each save encrypts them
 * again, so they also tell versions apart.
 */
type StoredInstallation = Omit<Installation, 'secrets'> & { readonly sealed: string }

interface CachedInstallation {
  readonly encrypted: string
  readonly installation: Installation
  /** The shared version when it was read: it is up to date while that is unchanged. */
  readonly version: string | undefined
  readonly readAt: number
}

/** No id can collide with another's key. Existing stores have such keys: do not change it. */
function keyOf(platform: string, id: string): string {
  return `installation/${encodeKeyPart(platform)}/${encodeKeyPart(id)}`
}

function encodeKeyPart(part: string): string {
  return /^[\w.-]*$/.test(part) ? part : encodeURIComponent(Buffer.from(part).toString()) // well-formed
}

function toStored(value: unknown): StoredInstallation | undefined {
  return isRecord(value) && typeof value['sealed'] === 'string' ? (value as unknown as StoredInstallation) : undefined
}
