import { randomBytes } from 'node:crypto'
import type { Config } from './config.js'
import type { Journal } from './journal/journal.js'
import { ConfigError } from './model/errors.js'
import type { Log } from './model/logger.js'
import { createSecrets, keyBeside, readKey, readKeys, type Secrets } from './stores/encryption.js'
import type { Store } from './stores/store.js'

/** Where the bot keeps what must outlive it. */
export interface Keeping {
  readonly store: Store
  readonly journal: Journal
  readonly secrets: Secrets
  close(): Promise<void>
}

/** Opens what STORE_URL names; only that kind's library is loaded. Throws ConfigError. */
export async function openKeeping(config: Config, log: Log): Promise<Keeping> {
  const { storeUrl } = config
  if (storeUrl === 'memory:' || storeUrl === 'memory://') return await openMemory(config, log)
  if (storeUrl.startsWith('file:')) return await openFile(config, log)
  if (/^rediss?(\+sentinel|\+cluster)?:\/\//.test(storeUrl)) return await openRedis(config, log)
  throw new ConfigError('STORE_URL has to be file:DIR, redis://…, rediss://… or memory:')
}

async function openMemory(config: Config, log: Log): Promise<Keeping> {
  const [{ createMemoryStore }, { createMemoryJournal }] = await Promise.all([
    import('./stores/memory.js'),
    import('./journal/memory.js'),
  ])
  const store = createMemoryStore()
  const journal = createMemoryJournal({ log })
  return { store, journal, secrets: secretsOf(config, randomBytes(32)), close: () => store.close() }
}

async function openFile(config: Config, log: Log): Promise<Keeping> {
  const [{ createEmbeddedStore, openEmbedded }, { createEmbeddedJournal }] = await Promise.all([
    import('./stores/lmdb.js'),
    import('./journal/embedded.js'),
  ])
  const embedded = openEmbedded(config.storeUrl.replace(/^file:(\/\/(?=\/))?/, ''))
  const store = createEmbeddedStore(embedded)
  const journal = createEmbeddedJournal({ embedded, log, auditDays: config.auditDays })
  return {
    store,
    journal,
    secrets: secretsOf(config, config.secretKey ? undefined : await keyBeside(embedded.dir)),
    close: () => store.close(),
  }
}

async function openRedis(config: Config, log: Log): Promise<Keeping> {
  const secrets = secretsOf(config)
  const [{ createRedisStore }, { createRedisJournal }] = await Promise.all([
    import('./stores/redis.js'),
    import('./journal/redis/redis-journal.js'),
  ])
  const store = createRedisStore({ url: config.storeUrl, log })
  const journal = createRedisJournal({ url: config.storeUrl, log, auditDays: config.auditDays })
  return { store, journal, secrets, close: () => store.close() }
}

/** The operator's key, or the one made for this store. */
function secretsOf({ secretKey, secretKeyOld }: Config, made?: Buffer): Secrets {
  const key = secretKey ? readKey(secretKey) : made
  if (!key)
    throw new ConfigError('SECRET_KEY has to be given with Redis: 32 bytes, base64 or hex (openssl rand -hex 32).')
  return createSecrets({ key, oldKeys: secretKeyOld ? readKeys(secretKeyOld) : [] })
}
