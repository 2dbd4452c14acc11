import { randomBytes } from 'node:crypto'
import { type Config, embeddedStoreDir } from './config.js'
import type { Journal } from './journal/journal.js'
import type { Encryptor } from './model/encryptor.js'
import { ConfigError } from './model/errors.js'
import type { Logger } from './model/logger.js'
import { createEncryptor, loadOrCreateKeyFile, readKey, readKeys } from './stores/encryption.js'
import type { Store } from './stores/store.js'

/** The bot's persistent storage. */
export interface Storage {
  readonly store: Store
  readonly journal: Journal
  readonly encryptor: Encryptor
  close(): Promise<void>
}

/** Opens what STORE_URL names; only that kind's library is loaded. Throws ConfigError. */
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
  return { store, journal, encryptor: secretsOf(config, randomBytes(32)), close: () => store.close() }
}

async function openFile(dir: string, config: Config, log: Logger): Promise<Storage> {
  const [{ createLmdbStore, openLmdb }, { createEmbeddedJournal }] = await Promise.all([
    import('./stores/lmdb.js'),
    import('./journal/embedded-journal.js'),
  ])
  const embedded = openLmdb(dir)
  const store = createLmdbStore(embedded)
  const journal = createEmbeddedJournal({ embedded, log, auditDays: config.auditDays })
  return {
    store,
    journal,
    encryptor: secretsOf(config, config.secretKey ? undefined : await loadOrCreateKeyFile(embedded.dir)),
    close: () => store.close(),
  }
}

async function openRedis(config: Config, log: Logger): Promise<Storage> {
  const encryptor = secretsOf(config)
  const [{ createRedisStore }, { createRedisJournal }] = await Promise.all([
    import('./stores/redis.js'),
    import('./journal/redis/redis-journal.js'),
  ])
  const store = createRedisStore({ url: config.storeUrl, log })
  const journal = createRedisJournal({ url: config.storeUrl, log, auditDays: config.auditDays })
  return { store, journal, encryptor, close: () => store.close() }
}

/** The operator's key, or the one made for this store. */
function secretsOf({ secretKey, secretKeyOld }: Config, made?: Buffer): Encryptor {
  const key = secretKey ? readKey(secretKey) : made
  if (!key)
    throw new ConfigError('SECRET_KEY must be given with Redis: 32 bytes, base64 or hex (openssl rand -hex 32).')
  return createEncryptor({ key, oldKeys: secretKeyOld ? readKeys(secretKeyOld) : [] })
}
