import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Catalog, LoadedCommand } from '../../../src/model/command.js'
import type { LogFields, Logger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import type { Lookup } from '../../../src/net/ssrf.js'
import { hipchat } from '../../../src/platforms/hipchat/index.js'
import type { Platform, WebhookRequest } from '../../../src/platforms/platform.js'
import { createApp, createKoa } from '../../../src/server/app.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createInstallations, type Installations } from '../../../src/stores/installations.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import { type Client, type HipChat, sign } from '../../fixtures/hipchat.js'

/** HipChat's side of the bot, over real HTTP. */
export interface HipChatBot {
  readonly url: string
  readonly platform: Platform
  readonly installations: Installations
  readonly store: Store
  readonly catalog: ReturnType<typeof createCatalog>
  /** Every line that was logged, as text. */
  readonly lines: string[]
  /** Posts an installation, as a server does. */
  install(body: unknown): Promise<Response>
  close(): Promise<void>
}

/** What it is started with. */
export interface BotSettings {
  readonly hosts?: string
  readonly names?: readonly string[]
  readonly store?: Store
  /** How hosts are found. */
  readonly lookup?: Lookup
}

/** Starts it, for servers on `hosts`. */
export async function startHipChatBot({
  hosts = '127.0.0.1',
  names = ['ping', 'deploy status'],
  store = createMemoryStore(),
  lookup,
}: BotSettings = {}): Promise<HipChatBot> {
  const secrets = createEncryptor({ key: Buffer.alloc(32, 7) })
  const installations = createInstallations({ store, encryptor: secrets, staleMs: 0 })
  const { request, close: closeRequest } = createHttpClient(lookup ? { lookup } : {})
  const catalog = createCatalog(names)
  const lines: string[] = []
  const log = createLinesLog(lines)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const platform = hipchat(
    { HIPCHAT_HOSTS: hosts },
    { baseUrl: url, installations, store, encryptor: secrets, request, catalog, log },
  )
  if (!platform) throw new Error('HipChat is always on')
  const health = { probe: async () => {}, commands: () => 1, draining: false }
  const app = createApp({
    platforms: [{ ...platform, webhooks: [] }],
    journal: undefined as never,
    queue: undefined as never,
    health,
    log,
  })
  server.on('request', createKoa(app, log).callback())

  return {
    url,
    platform,
    installations,
    store,
    catalog,
    lines,
    install: (body) =>
      fetch(`${url}/hipchat/installation`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await closeRequest()
    },
  }
}

/** A client of the server's, installed. */
export async function installClient(bot: HipChatBot, server: HipChat, options: Partial<Client> = {}): Promise<Client> {
  const client = server.addClient(options)
  const answer = await bot.install(server.installBody(client))
  if (!answer.ok) throw new Error(`not installed: ${answer.status} ${await answer.text()}`)
  return client
}

/** A webhook as it comes off the socket. */
export function toRequest(client: Client, body: string, token = sign(client)): WebhookRequest {
  return {
    method: 'POST',
    path: '/webhook',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json', authorization: `JWT ${token}` },
    body: Buffer.from(body),
    receivedAt: Date.now(),
  }
}

function createCatalog(names: readonly string[]): Catalog & { change(names: readonly string[]): void } {
  const listeners = new Set<() => void>()
  let loaded = names.map(toCommand)
  return {
    list: () => loaded,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    change(next) {
      loaded = next.map(toCommand)
      for (const listener of listeners) listener()
    },
  }
}

function toCommand(name: string): LoadedCommand {
  return { name, names: [name], command: { summary: name, run() {} } }
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
