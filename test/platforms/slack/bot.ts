import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Command, LoadedCommand } from '../../../src/model/command.js'
import type { Invocation } from '../../../src/model/invocation.js'
import type { LogFields, Logger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import type { Platform } from '../../../src/platforms/platform.js'
import { slack } from '../../../src/platforms/slack/index.js'
import { createApp, createKoa } from '../../../src/server/app.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createInstallations, type Installations } from '../../../src/stores/installations.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { botToken, client, type Slack, signed, signingSecret, slashForm } from '../../fixtures/slack.js'

/** Slack's side of the bot, over real HTTP. */
export interface SlackBot {
  readonly url: string
  readonly platform: Platform
  readonly installations: Installations
  readonly store: Store
  /** Every line that was logged, as text. */
  readonly lines: string[]
  /** Puts these commands in place of all that were. */
  load(commands: Readonly<Record<string, Partial<Command>>>): void
  /** Types a line with a response_url of its own, and gives what came in. */
  type(line: string, changed?: Readonly<Record<string, string>>): Promise<Invocation>
  close(): Promise<void>
}

/** What a test changes of the bot. */
export interface SlackBotOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly commands?: Readonly<Record<string, Partial<Command>>>
  /** Shared by what stands for several processes. */
  readonly store?: Store
}

/** For one workspace. */
export const ownEnv = { SLACK_BOT_TOKEN: botToken }
/** For all that install the app. */
export const oauthEnv = { SLACK_CLIENT_ID: client.id, SLACK_CLIENT_SECRET: client.secret }

/** Starts it. */
export async function startSlackBot(far: Slack, { env = ownEnv, ...given }: SlackBotOptions = {}): Promise<SlackBot> {
  const store = given.store ?? createMemoryStore()
  const secrets = createEncryptor({ key: Buffer.alloc(32, 7) })
  const installations = createInstallations({ store, encryptor: secrets, staleMs: 0 })
  const { request, close: closeRequest } = createHttpClient()
  const lines: string[] = []
  const log = createLinesLog(lines)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let loaded = toCommands(given.commands ?? {})
  const catalog = { list: () => loaded, onChange: () => () => {} }
  const platform = slack(
    { SLACK_SIGNING_SECRET: signingSecret, SLACK_API_URL: far.apiUrl, ...env },
    { baseUrl: url, installations, store, encryptor: secrets, request, catalog, log },
  )
  if (!platform) throw new Error('Slack is switched off')
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
    lines,
    load(commands) {
      loaded = toCommands(commands)
    },
    async type(line, changed = {}) {
      const form = slashForm(line, { response_url: far.responseUrl(), ...changed })
      const { invocation } = await enter(platform, signed('/commands', form))
      if (!invocation) throw new Error('nothing was asked')
      return invocation
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await closeRequest()
      await store.close()
    },
  }
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
