import type { Command } from '../../../src/model/command.js'
import type { Invocation } from '../../../src/model/invocation.js'
import type { LogFields, Logger } from '../../../src/model/logger.js'
import type { Platform, WebhookRequest } from '../../../src/platforms/platform.js'
import { teams as startPlatform } from '../../../src/platforms/teams/index.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import { createPlatformDeps } from '../../../src/testing/platform-deps.js'
import type { SignedBody, Teams } from '../../fixtures/teams.js'

/** Teams' side of the bot, over real HTTP. */
export interface TeamsBot {
  readonly platform: Platform
  readonly store: Store
  /** Every line that was logged, as text. */
  readonly lines: string[]
  /** Takes an activity in, as the server does. */
  take(activity: unknown): Promise<Invocation>
  close(): Promise<void>
}

/** What a test changes. */
export interface BotOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly commands?: Readonly<Record<string, Command>>
  readonly store?: Store
  readonly baseUrl?: string
}

/** Starts it for one app of one tenant. */
export function startTeamsBot(server: Teams, options: BotOptions = {}): TeamsBot {
  const { env = {}, commands = {}, store = createMemoryStore(), baseUrl = 'https://bot.example.com' } = options
  const lines: string[] = []
  const deps = createPlatformDeps({ store, commands, baseUrl, log: createLinesLog(lines) })
  const platform = startPlatform({ ...envOf(server), ...env }, deps)
  if (!platform) throw new Error('Teams is off')
  return {
    platform,
    store,
    lines,
    async take(activity) {
      const request = toRequest(await server.sign(activity))
      const { invocation } = platform.decode(await platform.verify(request))
      if (!invocation) throw new Error('nothing was asked')
      return JSON.parse(JSON.stringify(invocation))
    },
    close: deps.close,
  }
}

/** What a bot is told so that it knows the app. */
export function envOf({ appId, password, tenantId, openidUrl }: Teams): Readonly<Record<string, string>> {
  return {
    TEAMS_APP_ID: appId,
    TEAMS_APP_PASSWORD: password,
    TEAMS_TENANT_ID: tenantId,
    TEAMS_OPENID_URL: openidUrl,
  }
}

/** A webhook as it comes off the socket. */
export function toRequest({ body, headers }: SignedBody, more: Partial<WebhookRequest> = {}): WebhookRequest {
  return {
    method: 'POST',
    path: '/messages',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(body),
    receivedAt: Date.now(),
    peer: '127.0.0.1',
    ...more,
  }
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
