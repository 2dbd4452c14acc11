import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Middleware } from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/delivery/outbox.js'
import type { Journal } from '../../src/journal/journal.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import type { Command } from '../../src/model/command.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Reply } from '../../src/model/reply.js'
import { createProcessor } from '../../src/pipeline/process-invocation.js'
import type { Platform, Verified } from '../../src/platforms/platform.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import type { AckPriority } from '../../src/server/ack-priority.js'
import { createApp, createKoa } from '../../src/server/app.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { invocationOf } from '../fixtures/invocation.js'

const servers: http.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

describe('an answer in the acknowledgement', () => {
  it('is all that is sent where it is whole in time', async () => {
    const { post, delivered, story } = await serve(() => 'pong')
    expect(await post('1')).toEqual({ status: 200, body: { text: 'pong' } })
    await expect.poll(async () => (await story('1'))?.outcome).toBe('done')
    expect((await story('1'))?.events.map(({ what }) => what)).toEqual(['accepted', 'begun', 'ended', 'sent', 'closed'])
    expect(delivered).toEqual([])
  })

  it('is all that is sent where the connection is closed after it', async () => {
    const { post, delivered, story } = await serve(() => 'pong', 20_000)
    expect(await post('1', undefined, { connection: 'close' })).toMatchObject({ body: { text: 'pong' } })
    await expect.poll(async () => (await story('1'))?.outcome).toBe('done')
    expect(delivered).toEqual([])
  })

  it('rides once, though the request comes twice', async () => {
    const { post, delivered } = await serve(() => 'pong')
    expect(await post('1')).toMatchObject({ body: { text: 'pong' } })
    expect(await post('1')).toEqual({ status: 204 })
    expect(delivered).toEqual([])
  })

  it('comes the other way where it takes longer', async () => {
    let answer = (_: string) => {}
    const said = new Promise<string>((resolve) => {
      answer = resolve
    })
    const { post, delivered } = await serve(() => said)
    expect(await post('1')).toEqual({ status: 204 })
    answer('late')
    await expect.poll(() => delivered).toEqual(['late'])
  })

  it('comes the other way where there are several', async () => {
    const { post, delivered } = await serve(async function* () {
      yield 'one'
      yield 'two'
    })
    expect(await post('1')).toEqual({ status: 204 })
    await expect.poll(() => delivered).toEqual(['one', 'two'])
  })

  it('comes the other way where the acknowledgement cannot show it, and where it is switched off', async () => {
    const odd = await serve(() => ({ kind: 'file', name: 'a', type: 'text/plain', content: '' }) as never)
    expect(await odd.post('1')).toEqual({ status: 204 })
    await expect.poll(() => odd.delivered).toEqual(['file'])
    const off = await serve(() => 'pong', 0)
    expect(await off.post('1')).toEqual({ status: 204 })
    await expect.poll(() => off.delivered).toEqual(['pong'])
  })

  it('is handed over when all of it is written down, and not before', async () => {
    let write = () => {}
    const written = new Promise<void>((resolve) => {
      write = resolve
    })
    const { post, story } = await serve(() => 'pong', 20_000, { sending: () => written })
    let answered = false
    const ack = post('1').finally(() => {
      answered = true
    })
    await expect.poll(async () => (await story('1'))?.events.map(({ what }) => what)).toContain('ended')
    await sleep(50)
    expect(answered).toBe(false)
    write()
    expect(await ack).toMatchObject({ body: { text: 'pong' } })
  })

  it('is not waited for while the event loop is held up', async () => {
    const { post, delivered } = await serve(() => 'pong', 20_000, {
      ackPriority: { arriving: 0, whenIdle, close() {} },
    })
    expect(await post('1')).toEqual({ status: 204 })
    await expect.poll(() => delivered).toEqual(['pong'])
  })

  it('comes the other way where something else was answered in its place', async () => {
    const { post, delivered } = await serve(() => 'pong', 20_000, {
      outer: async (ctx, next) => {
        await next()
        ctx.status = 500
      },
    })
    expect(await post('1')).toMatchObject({ status: 500 })
    await expect.poll(() => delivered).toEqual(['pong'])
  })

  it('comes the other way where nothing was answered in its place', async () => {
    const { post, delivered } = await serve(() => 'pong', 20_000, {
      outer: async (ctx, next) => {
        await next()
        ctx.respond = false
        setTimeout(() => ctx.req.socket.destroy(), 20)
      },
    })
    await expect(post('1')).rejects.toThrow()
    await expect.poll(() => delivered).toEqual(['pong'])
  })

  it('comes the other way where it is edited later, and lets the acknowledgement go at once', async () => {
    const { post, delivered } = await serve(() => ({ kind: 'text', text: 'pong', updateKey: 'a' }) as never, 20_000)
    expect(await post('1')).toEqual({ status: 204 })
    await expect.poll(() => delivered).toEqual(['pong'])
  })

  it('comes the other way where the connection was gone before', async () => {
    const gone: { cut(): void } = { cut() {} }
    const bot = await serve(async () => {
      gone.cut()
      await bot.closed
      return 'pong'
    }, 20_000)
    const { post, delivered, story } = bot
    await expect(post('1', gone)).rejects.toThrow()
    await expect.poll(() => delivered).toEqual(['pong'])
    await expect.poll(async () => (await story('1'))?.outcome).toBe('done')
  })

  it('comes the other way where the connection breaks in the midst of it', async () => {
    const { post, delivered, story } = await serve(() => 'pong', 20_000, { padding: 'x'.repeat(50_000_000) })
    const gone = { cut() {}, afterHead: true }
    await expect(post('1', gone)).rejects.toThrow()
    await expect.poll(() => delivered).toEqual(['pong'])
    await expect.poll(async () => (await story('1'))?.outcome).toBe('done')
  })
})

/** A bot whose platform shows texts in its acknowledgement, and one command. */
async function serve(run: Command['run'], answerInAckMs = 300, { sending, ackPriority, outer, padding }: Changes = {}) {
  const registry = createRegistry()
  registry.replace([compileCommand('ping', { summary: 'Answers', run })])
  const kept = createMemoryJournal()
  const journal: Journal = {
    ...kept,
    async accept(...given) {
      const entry = await kept.accept(...given)
      return entry && sending
        ? { ...entry, sending: () => Promise.all([entry.sending(), sending()]).then(() => {}) }
        : entry
    },
  }
  const queue = createWorkQueue({ log: silentLogger })
  const delivered: string[] = []
  const platforms = [chat(delivered, padding)]
  const outbox = createOutbox({ log: silentLogger })
  const { signal } = new AbortController()
  queue.start(createProcessor({ registry, store: createMemoryStore(), log: silentLogger, platforms, outbox, signal }))
  const health = { probe: async () => {}, commands: () => 1, draining: false }
  const priority = ackPriority ? { ackPriority } : {}
  const app = createApp({ platforms, journal, queue, health, log: silentLogger, answerInAckMs, ...priority })
  const middleware: Middleware = outer ? (ctx, next) => outer(ctx, () => app(ctx, next)) : app
  const server = http.createServer(createKoa(middleware, silentLogger).callback())
  servers.push(server)
  const closed = new Promise<void>((resolve) => server.once('connection', (socket) => socket.once('close', resolve)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const post = (id: string, gone?: Gone, headers = {}) => send(port, id, gone, headers)
  return { post, delivered, closed, story: journal.findRecord }
}

/** What a test changes of it. */
interface Changes {
  /** Waited for where the journal writes down that an answer is about to be handed over. */
  readonly sending?: () => Promise<void>
  readonly ackPriority?: AckPriority
  /** What another application does around the bot. */
  readonly outer?: Middleware
  /** Makes the ack so large that no socket takes it at once. */
  readonly padding?: string
}

/** A sender that goes: when `cut` is called, or at the first bytes of an answer. */
interface Gone {
  cut(): void
  readonly afterHead?: boolean
}

const whenIdle = async () => {}

function chat(delivered: string[], padding?: string): Platform {
  const installation = { id: 'a', platform: 'chat', tenant: { id: 't' }, details: {}, secrets: {} }
  return {
    name: 'chat',
    webhooks: ['/webhook'],
    maxTextLength: 100,
    verify: async ({ body, receivedAt }) => ({ installation, payload: String(body), receivedAt }),
    decode: ({ payload }: Verified<string>) => ({
      ack: { status: 204 },
      invocation: invocationOf(payload, { platform: 'chat', text: '/ping' }),
    }),
    answer: (reply: Reply) =>
      reply.kind === 'text' ? { status: 200, body: { text: reply.text, ...(padding ? { padding } : {}) } } : undefined,
    deliver: async (reply) => void delivered.push(reply.kind === 'text' ? reply.text : reply.kind),
  }
}

function send(port: number, id: string, gone: Gone | undefined, headers: http.OutgoingHttpHeaders) {
  return new Promise<{ status: number | undefined; body?: unknown }>((resolve, reject) => {
    const request = http.request({ port, path: '/chat/webhook', method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      if (gone?.afterHead) return void request.destroy(new Error('cut')).once('close', () => reject(new Error('cut')))
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const json = /json/.test(response.headers['content-type'] ?? '')
        resolve({ status: response.statusCode, ...(json ? { body: JSON.parse(text) } : {}) })
      })
    })
    if (gone) gone.cut = () => request.destroy(new Error('cut'))
    request.on('error', reject)
    request.end(id)
  })
}
