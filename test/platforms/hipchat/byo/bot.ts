import http from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { createOutbox } from '../../../../src/delivery/outbox.js'
import type { Journal } from '../../../../src/journal/journal.js'
import { createMemoryJournal } from '../../../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../../../src/journal/work-queue.js'
import type { Command } from '../../../../src/model/command.js'
import type { Logger } from '../../../../src/model/logger.js'
import { createHttpClient } from '../../../../src/net/http-client.js'
import { createCommandTokens } from '../../../../src/notify/command-tokens.js'
import { createRateLimiter } from '../../../../src/notify/rate-limit.js'
import { createTokens, type TokenRequest } from '../../../../src/notify/tokens.js'
import { createProcessor } from '../../../../src/pipeline/process-invocation.js'
import { byo } from '../../../../src/platforms/hipchat/byo/index.js'
import type { Platform } from '../../../../src/platforms/platform.js'
import { parsePolicy } from '../../../../src/policy/parse-policy.js'
import { compileCommand } from '../../../../src/registry/compiled-command.js'
import { createRegistry } from '../../../../src/registry/registry.js'
import { createApp, createKoa } from '../../../../src/server/app.js'
import { createMetrics } from '../../../../src/server/metrics.js'
import { createEncryptor } from '../../../../src/stores/encryption.js'
import { createMemoryStore } from '../../../../src/stores/memory.js'
import { createPlatformDeps } from '../../../../src/testing/platform-deps.js'

/** How the bot is started. */
export interface ByoBotSettings {
  readonly commands: Readonly<Record<string, Command>>
  readonly policy?: string
  readonly journal?: Journal
  readonly store?: ReturnType<typeof createMemoryStore>
  /** How long an answer is waited for. */
  readonly withinMs?: number
}

/** A bot that people post commands to at `/byo/{token}`, over real HTTP. */
export async function startByoBot({ commands, withinMs = 20_000, ...given }: ByoBotSettings) {
  const { policy, journal = createMemoryJournal(), store = createMemoryStore() } = given
  const lines: string[] = []
  const log = createLinesLog(lines)
  const tokens = createTokens({ store, encryptor: createEncryptor({ key: Buffer.alloc(32, 7) }), staleMs: 0 })
  const { request, close: closeRequest } = createHttpClient({ log })
  const commandTokens = createCommandTokens({ tokens, rates: createRateLimiter() })
  const deps = createPlatformDeps({ store, log })
  const started = byo({}, { ...deps, request, commandTokens })
  if (!started?.synchronous) throw new Error('it is on where there are tokens')
  const platform: Platform = { ...started, synchronous: { ...started.synchronous, withinMs } }
  const registry = createRegistry()
  registry.replace(Object.entries(commands).map(([name, command]) => compileCommand(name, command)))
  const queue = createWorkQueue({ log })
  const metrics = createMetrics(queue)
  const stopping = new AbortController()
  const outbox = createOutbox({ log })
  const rules = policy === undefined ? {} : { policy: parsePolicy(policy) }
  const { signal } = stopping
  queue.start(createProcessor({ registry, ...rules, store, log, platforms: [platform], outbox, signal }))
  await journal.recover(queue)
  const health = { probe: async () => {}, commands: () => 1, draining: false }
  const app = createApp({ platforms: [platform], journal, queue, health, log, metrics, basePath: '/bot' })
  const server = http.createServer(createKoa(app, log).callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    lines,
    platform,
    tokens,
    async audit() {
      const records = []
      for await (const record of journal.audit()) records.push(record)
      return records
    },
    metrics: async () => await (await fetch(`${url}/metrics`)).text(),
    /** Makes a token, and gives the address that it is for. */
    async address(changes: Partial<TokenRequest> = {}) {
      const made = await tokens.create({ name: 'dice', kind: 'command', rooms: ['#ops'], ...changes })
      return { token: made.token, address: `${url}/byo/${made.token}` }
    },
    async close() {
      server.close().closeAllConnections()
      outbox.stop()
      stopping.abort()
      await queue.stop(0)
      await closeRequest()
      await deps.close()
    },
  }
}

/** What HipChat posts of somebody's message, to the letter but for what nobody reads. */
export function roomMessage(text: string, id = '1', changes: object = {}): string {
  const from = { id: 1661743, mention_name: 'Blinky', name: 'Blinky the Three Eyed Fish' }
  const message = { date: '2015-01-20T22:45:06.662545+00:00', from, id, mentions: [], message: text, type: 'message' }
  const item = { message, room: { id: 1147567, name: 'The Andersons' } }
  return JSON.stringify({ event: 'room_message', item, webhook_id: 578829, ...changes })
}

/** Posts it unsigned, as the server does. */
export async function post(address: string, body: string) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(address, { method: 'POST', headers, body })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : undefined }
}

/** A server with the room's notification address; it answers with these statuses first. */
export async function startRoomServer(statuses: number[] = []) {
  const got: { readonly path: string; readonly body: Record<string, unknown> }[] = []
  const koa = new Koa()
  koa.use(async (ctx) => {
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk)
    ctx.status = statuses.shift() ?? 204
    if (ctx.status === 204) got.push({ path: ctx.url, body: JSON.parse(Buffer.concat(chunks).toString()) })
  })
  const server = http.createServer(koa.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    got,
    replyTo: `http://127.0.0.1:${port}/v2/room/42/notification?auth_token=roomsownsecret`,
    close: async () => void server.close().closeAllConnections(),
  }
}

function createLinesLog(lines: string[]): Logger {
  const note = (facts: object, message: string) => void lines.push(`${message} ${JSON.stringify(facts)}`)
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log }
  return log
}
