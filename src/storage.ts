import { randomBytes } from 'node:crypto'
import { type Config, embeddedStoreDir } from './config.js'
import type { Journal } from './journal/journal.js'
import type { Encryptor } from './model/encryptor.js'
import { ConfigError, UnavailableError } from './model/errors.js'
import type { Logger } from './model/logger.js'
import { messageOf } from './shared/error-details.js'
import { repeat } from './shared/repeat.js'
import { createEncryptor, loadOrCreateKeyFile, readKey, readKeys } from './stores/encryption.js'
import type { FileWatch } from './stores/missing-file-check.js'
import type { Store } from './stores/store.js'

/** The bot's persistent storage. */
export interface Storage {
  readonly store: Store
  readonly journal: Journal
  readonly encryptor: Encryptor
  /** Throws ConfigError if the store would lose data. An unreachable store is not an error. */
  check(): Promise<void>
  /** Writes a probe. Throws UnavailableError with the reason if writing fails. */
  probe(): Promise<void>
  close(): Promise<void>
}

/** Opens the store that STORE_URL names and loads only the library it needs. Throws ConfigError. */
export async function openStorage(config: Config, log: Logger): Promise<Storage> {
  const { storeUrl } = config
  if (storeUrl === 'memory:' || storeUrl === 'memory://') return await openMemory(config)
  const dir = embeddedStoreDir(storeUrl)
  if (dir !== undefined) return await openFile(dir, config, log)
  if (/^rediss?(\+sentinel|\+cluster)?:\/\//.test(storeUrl)) return await openRedis(config, log)
  throw new ConfigError('STORE_URL must be file:DIR, redis://…, rediss://… or memory:')
}

async function openMemory(config: Config): Promise<Storage> {
  const [{ createMemoryStore }, { createMemoryJournal }] = await Promise.all([
    import('./stores/memory.js'),
    import('./journal/memory-journal.js'),
  ])
  const store = createMemoryStore()
  const journal = createMemoryJournal()
  const encryptor = secretsOf(config, randomBytes(32))
  return { ...probing(store, journal), store, journal, encryptor, close: () => store.close() }
}

async function openFile(dir: string, config: Config, log: Logger): Promise<Storage> {
  const [{ createLmdbStore, openLmdb }, { createEmbeddedJournal }] = await Promise.all([
    import('./stores/lmdb.js'),
    import('./journal/embedded-journal.js'),
  ]).catch((error: unknown) => {
    throw new ConfigError(`STORE_URL ${config.storeUrl} cannot be used: ${messageOf(error)}`, { cause: error })
  })
  const embedded = openLmdb(dir)
  const store = createLmdbStore(embedded)
  const journal = createEmbeddedJournal({ embedded, log, auditDays: config.auditDays })
  const stopWatching = reportMissingFiles(embedded.files, log)
  return {
    ...probing(store, journal),
    store,
    journal,
    encryptor: secretsOf(config, config.secretKey ? undefined : await loadOrCreateKeyFile(embedded.dir)),
    async close() {
      stopWatching()
      await store.close()
    },
  }
}

/** Checks once a second, because everything written to a removed file would be lost. */
function reportMissingFiles(files: FileWatch, log: Logger): () => void {
  let before: string | undefined
  const look = async () => {
    const file = files.look()
    if (file && !before)
      log.error({ file }, 'the store was removed while the bot is running: put it back, or restart the bot')
    if (!file && before) log.info({}, 'the store is back')
    before = file
  }
  const timer = repeat(look, 1_000, (error) => log.error({ err: error }, 'the files of the store cannot be checked'))
  return () => clearInterval(timer)
}

async function openRedis(config: Config, log: Logger): Promise<Storage> {
  const encryptor = secretsOf(config)
  const [{ connectRedis }, { createRedisStore }, { createRedisGuard }, { createRedisJournal }] = await Promise.all([
    import('./stores/redis-connection.js'),
    import('./stores/redis.js'),
    import('./stores/redis-durability-check.js'),
    import('./journal/redis/redis-journal.js'),
  ])
  const redis = connectRedis(config.storeUrl, log)
  const guard = createRedisGuard({ redis, evictionAllowed: config.redisEviction === 'allowed', log })
  const store = createRedisStore(redis)
  const journal = createRedisJournal({ url: config.storeUrl, log, auditDays: config.auditDays })
  return {
    ...probing(store, journal, guard.problem),
    check: guard.check,
    store,
    journal,
    encryptor,
    async close() {
      guard.close()
      await store.close()
    },
  }
}

/** Writes to both: they are in different files or on different servers. */
function probing(store: Store, journal: Journal, problem?: () => string | undefined): Pick<Storage, 'check' | 'probe'> {
  return {
    check: async () => undefined,
    async probe() {
      const known = problem?.()
      if (known) throw new UnavailableError(known, 5)
      await Promise.all([store.set('probe', 1, { ttlMs: 60_000 }), journal.probe()])
    },
  }
}

/** The operator's key, or the one generated for this store. */
function secretsOf({ secretKey, secretKeyOld }: Config, made?: Buffer): Encryptor {
  const key = secretKey ? readKey(secretKey) : made
  if (!key)
    throw new ConfigError(
      'SECRET_KEY must be set when STORE_URL is Redis: 32 bytes, base64 or hex (openssl rand -hex 32).',
    )
  return createEncryptor({ key, oldKeys: secretKeyOld ? readKeys(secretKeyOld) : [] })
}
