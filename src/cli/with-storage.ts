import { existsSync } from 'node:fs'
import { type Config, embeddedStoreDir } from '../config.js'
import type { Journal } from '../journal/journal.js'
import { ConfigError } from '../model/errors.js'
import { silentLogger } from '../model/logger.js'
import { openStorage, type Storage } from '../storage.js'

/** Reads in the journal that STORE_URL names, beside a bot that may be running on it. Throws ConfigError. */
export async function readJournal<Value>(config: Config, read: (journal: Journal) => Promise<Value>): Promise<Value> {
  return await withStorage(config, ({ journal }) => read(journal))
}

/** Works on what STORE_URL names, beside a bot that may be running on it. Throws ConfigError. */
export async function withStorage<Value>(config: Config, work: (storage: Storage) => Promise<Value>): Promise<Value> {
  const { storeUrl } = config
  if (storeUrl.startsWith('memory:')) {
    throw new ConfigError('STORE_URL is memory:, which keeps nothing that could be read here.')
  }
  const dir = embeddedStoreDir(storeUrl)
  // Opening it would make one, key and all.
  if (dir !== undefined && !existsSync(dir)) {
    throw new ConfigError(`STORE_URL: there is no ${dir} yet. Run this where the bot runs, with the bot's STORE_URL.`)
  }
  const storage = await openStorage(config, silentLogger)
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}
