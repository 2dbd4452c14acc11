import type { Catalog, Command, LoadedCommand } from '../../../src/model/command.js'
import type { Invocation } from '../../../src/model/invocation.js'
import type { LogFields, Logger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import type { Platform, WebhookRequest } from '../../../src/platforms/platform.js'
import { telegram as startPlatform } from '../../../src/platforms/telegram/index.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createInstallations } from '../../../src/stores/installations.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import type { Telegram, Update } from '../../fixtures/telegram.js'

/** Telegram's side of the bot, over real HTTP. */
export interface TelegramBot {
  readonly platform: Platform
  readonly store: Store
  /** Every line that was logged, as text. */
  readonly lines: string[]
  /** Takes an update in, as the server does. */
  take(update: Update): Promise<Invocation>
  /** The same, where nothing may have been asked. */
  hear(update: Update): Promise<Invocation | undefined>
  close(): Promise<void>
}

/** What a test changes. */
export interface BotOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly commands?: Readonly<Record<string, Partial<Command>>>
  readonly store?: Store
  readonly baseUrl?: string
}

/** What proves its webhooks. */
export const secretToken = 'a-secret_token'

/** Starts it. */
export function startTelegramBot(server: Telegram, options: BotOptions = {}): TelegramBot {
  const { env = {}, commands = {}, store = createMemoryStore(), baseUrl = 'https://bot.example.com' } = options
  const encryptor = createEncryptor({ key: Buffer.alloc(32, 7) })
  const { request, close } = createHttpClient()
  const lines: string[] = []
  const platform = startPlatform(
    { TELEGRAM_BOT_TOKEN: server.botToken, TELEGRAM_API_URL: server.url, TELEGRAM_SECRET_TOKEN: secretToken, ...env },
    {
      baseUrl,
      installations: createInstallations({ store, encryptor, staleMs: 0 }),
      store,
      encryptor,
      request,
      catalog: createCatalog(commands),
      log: createLinesLog(lines),
    },
  )
  if (!platform) throw new Error('Telegram is off')
  const hear = async (update: Update): Promise<Invocation | undefined> => {
    const { ack, invocation } = platform.decode(await platform.verify(toRequest(update)))
    await server.acked(ack.body)
    return invocation && JSON.parse(JSON.stringify(invocation))
  }
  return {
    platform,
    store,
    lines,
    hear,
    async take(update) {
      const invocation = await hear(update)
      if (!invocation) throw new Error('nothing was asked')
      return invocation
    },
    close,
  }
}

/** A webhook as it comes off the socket. */
export function toRequest(update: unknown, secret: string | undefined = secretToken): WebhookRequest {
  return {
    method: 'POST',
    path: '/webhook',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json', ...(secret ? { 'x-telegram-bot-api-secret-token': secret } : {}) },
    body: Buffer.from(typeof update === 'string' ? update : JSON.stringify(update)),
    receivedAt: Date.now(),
  }
}

/** Commands by name, as they are loaded. */
export function createCatalog(commands: Readonly<Record<string, Partial<Command>>>): Catalog {
  const loaded = Object.entries(commands).map(([name, command]) => load(name, command))
  return { list: () => loaded, onChange: () => () => {} }
}

/** One command, as it is loaded. */
export function load(name: string, command: Partial<Command> = {}): LoadedCommand {
  const aliases = (command.aliases ?? []).map((alias) => [...name.split(' ').slice(0, -1), alias].join(' '))
  return { name, names: [name, ...aliases], command: { summary: `About ${name}`, run() {}, ...command } }
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
