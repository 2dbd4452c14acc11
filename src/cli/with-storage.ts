import { existsSync } from 'node:fs'
import { type Config, embeddedStoreDir } from '../config.js'
import type { Journal } from '../journal/journal.js'
import type { Encryptor } from '../model/encryptor.js'
import { ConfigError } from '../model/errors.js'
import { silentLogger } from '../model/logger.js'
import { openStorage, type Storage } from '../storage.js'
import type { Store } from '../stores/store.js'

/** Reads from the journal in STORE_URL, while a bot may be using it. Throws ConfigError. */
export async function readJournal<Value>(config: Config, read: (journal: Journal) => Promise<Value>): Promise<Value> {
  return await withStorage(config, ({ journal }) => read(journal))
}

/** Writes to the store in STORE_URL. Throws ConfigError if the data would be lost. */
export async function withLastingStore<Value>(
  config: Config,
  work: (store: Store, encryptor: Encryptor) => Promise<Value>,
): Promise<Value> {
  if (config.storeUrl.startsWith('memory:')) {
    throw new ConfigError('STORE_URL is memory:, so this would be lost at once. Set it to the bot’s store.')
  }
  return await withStorage(config, ({ store, encryptor }) => work(store, encryptor))
}

/** Works on the storage in STORE_URL, while a bot may be using it. Throws ConfigError. */
export async function withStorage<Value>(config: Config, work: (storage: Storage) => Promise<Value>): Promise<Value> {
  const { storeUrl } = config
  if (storeUrl.startsWith('memory:')) {
    throw new ConfigError('STORE_URL is memory:, so there is nothing to read. Set it to the bot’s store.')
  }
  const dir = embeddedStoreDir(storeUrl)
  // Opening it would create a store and a key.
  if (dir !== undefined && !existsSync(dir)) {
    throw new ConfigError(
      `STORE_URL: ${dir} does not exist yet. Run this where the bot runs, with the bot's STORE_URL.`,
    )
  }
  const storage = await openStorage(config, silentLogger)
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}
