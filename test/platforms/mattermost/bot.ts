import type { Command, LoadedCommand } from '../../../src/model/command.js'
import type { LogFields, Logger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import { mattermost } from '../../../src/platforms/mattermost/index.js'
import type { Platform, WebhookRequest } from '../../../src/platforms/platform.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createInstallations, type Installations } from '../../../src/stores/installations.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import type { Mattermost } from '../../fixtures/mattermost.js'

/** Mattermost's side of the bot. */
export interface MattermostBot {
  readonly platform: Platform
  readonly installations: Installations
  readonly store: Store
  /** Every line that was logged, as text. */
  readonly lines: string[]
  /** Puts these commands in place of all that were. */
  load(commands: Readonly<Record<string, Partial<Command>>>): void
  close(): Promise<void>
}

/** Starts it against `server`: with its bot account, unless the environment says otherwise. */
export function startMattermostBot(
  server: Mattermost,
  env: NodeJS.ProcessEnv = {},
  store: Store = createMemoryStore(),
): MattermostBot {
  const secrets = createEncryptor({ key: Buffer.alloc(32, 7) })
  const installations = createInstallations({ store, encryptor: secrets, staleMs: 0 })
  const { request, close } = createHttpClient()
  const lines: string[] = []
  let loaded: readonly LoadedCommand[] = toCommands({ ping: {}, 'deploy status': {} })
  const platform = mattermost(
    { MATTERMOST_URL: server.url, MATTERMOST_BOT_TOKEN: server.botToken, ...env },
    {
      baseUrl: 'https://bot.example.com',
      installations,
      store,
      encryptor: secrets,
      request,
      catalog: { list: () => loaded, onChange: () => () => {} },
      log: createLinesLog(lines),
    },
  )
  if (!platform) throw new Error('MATTERMOST_URL is set')
  return {
    platform,
    installations,
    store,
    lines,
    load(commands) {
      loaded = toCommands(commands)
    },
    async close() {
      await close()
      await store.close()
    },
  }
}

/** A typed command as it comes off the socket. */
export function toCommand(form: string, changed: Partial<WebhookRequest> = {}): WebhookRequest {
  return {
    method: 'POST',
    path: '/command',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: Buffer.from(form),
    receivedAt: Date.now(),
    ...changed,
  }
}

/** A pressed button as it comes off the socket. */
export function toPress(body: string, changed: Partial<WebhookRequest> = {}): WebhookRequest {
  return { ...toCommand(body), path: '/action', headers: { 'content-type': 'application/json' }, ...changed }
}

function toCommands(commands: Readonly<Record<string, Partial<Command>>>): readonly LoadedCommand[] {
  return Object.entries(commands).map(([name, command]) => ({
    name,
    names: [name],
    command: { summary: `Does ${name}`, run() {}, ...command },
  }))
}

function createLinesLog(lines: string[], carried: LogFields = {}): Logger {
  const write = (facts: LogFields, message: string) =>
    void lines.push(JSON.stringify({ ...carried, ...facts, message }))
  return {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: (facts) => createLinesLog(lines, { ...carried, ...facts }),
  }
}
