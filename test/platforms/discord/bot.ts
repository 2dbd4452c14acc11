import type { Catalog, Command, LoadedCommand } from '../../../src/model/command.js'
import type { Invocation } from '../../../src/model/invocation.js'
import type { LogFields, Logger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import { discord as startPlatform } from '../../../src/platforms/discord/index.js'
import type { Platform, WebhookRequest } from '../../../src/platforms/platform.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createInstallations } from '../../../src/stores/installations.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import type { Discord, SignedBody } from '../../fixtures/discord.js'

/** Discord's side of the bot, over real HTTP. */
export interface DiscordBot {
  readonly platform: Platform
  readonly store: Store
  /** Every line that was logged, as text. */
  readonly lines: string[]
  /** Takes an interaction in, as the server does. */
  take(interaction: Record<string, unknown>): Promise<Invocation>
  close(): Promise<void>
}

/** What a test changes. */
export interface BotOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly commands?: Readonly<Record<string, Partial<Command>>>
  readonly store?: Store
}

/** Starts it for one application. */
export function startDiscordBot(
  server: Discord,
  { env = {}, commands = {}, store = createMemoryStore() }: BotOptions = {},
): DiscordBot {
  const secrets = createEncryptor({ key: Buffer.alloc(32, 7) })
  const { request, close } = createHttpClient()
  const lines: string[] = []
  const platform = startPlatform(
    {
      DISCORD_PUBLIC_KEY: server.publicKey,
      DISCORD_APPLICATION_ID: server.applicationId,
      DISCORD_API_URL: server.url,
      ...env,
    },
    {
      baseUrl: 'https://bot.example.com',
      installations: createInstallations({ store, encryptor: secrets }),
      store,
      encryptor: secrets,
      request,
      catalog: createCatalog(commands),
      log: createLinesLog(lines),
    },
  )
  if (!platform) throw new Error('Discord is off')
  return {
    platform,
    store,
    lines,
    async take(interaction) {
      const request = toRequest(server.sign(JSON.stringify(interaction)))
      const { ack, invocation } = platform.decode(await platform.verify(request))
      server.acked(interaction, ack.body)
      if (!invocation) throw new Error('nothing was asked')
      return JSON.parse(JSON.stringify(invocation))
    },
    close,
  }
}

/** A webhook as it comes off the socket. */
export function toRequest({ body, headers }: SignedBody): WebhookRequest {
  return {
    method: 'POST',
    path: '/interactions',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(body),
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
  return { name, names: [name], command: { summary: `About ${name}`, run() {}, ...command } }
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
