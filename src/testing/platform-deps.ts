import { randomBytes } from 'node:crypto'
import type { Catalog, Command, LoadedCommand } from '../model/command.js'
import { silentLogger } from '../model/logger.js'
import { createHttpClient } from '../net/http-client.js'
import type { PlatformDeps } from '../platforms/platform.js'
import { createEncryptor } from '../stores/encryption.js'
import { createInstallations } from '../stores/installations.js'
import { createMemoryStore } from '../stores/memory.js'

/** What to replace in the defaults of `createPlatformDeps`. */
export interface PlatformDepsOptions extends Partial<Omit<PlatformDeps, 'catalog' | 'installations' | 'request'>> {
  /** The bot's commands by name: `{ 'deploy status': command({…}) }`. */
  readonly commands?: Readonly<Record<string, Command>>
}

/** Creates what a bot passes to a platform: a store in memory, a silent logger, a real HTTP client. Call `close` after the test. */
export function createPlatformDeps(options: PlatformDepsOptions = {}): PlatformDeps & { close(): Promise<void> } {
  const { commands = {}, ...given } = options
  const store = given.store ?? createMemoryStore()
  const encryptor = createEncryptor({ key: randomBytes(32) })
  const { request, close } = createHttpClient()
  return {
    baseUrl: 'https://bot.example.com',
    store,
    encryptor,
    installations: createInstallations({ store, encryptor, staleMs: 0 }),
    request,
    catalog: toCatalog(commands),
    log: silentLogger,
    ...given,
    async close() {
      await close()
      if (!given.store) await store.close()
    },
  }
}

function toCatalog(commands: Readonly<Record<string, Command>>): Catalog {
  const loaded = Object.entries(commands).map(([name, command]): LoadedCommand => ({ name, names: [name], command }))
  return { list: () => loaded, onChange: () => () => {} }
}
