import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/delivery/outbox.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import type { Command } from '../../src/model/command.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Reply } from '../../src/model/reply.js'
import { createProcessor } from '../../src/pipeline/process-invocation.js'
import type { Platform, Verified } from '../../src/platforms/platform.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
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

  it('comes the other way where the connection was gone before', async () => {
    const gone: { cut(): void } = { cut() {} }
    const { post, delivered, story } = await serve(async () => {
      gone.cut()
      await new Promise((resolve) => setTimeout(resolve, 20))
      return 'pong'
    }, 20_000)
    await expect(post('1', gone)).rejects.toThrow()
    await expect.poll(() => delivered).toEqual(['pong'])
    await expect.poll(async () => (await story('1'))?.outcome).toBe('done')
  })
})

/** A bot whose platform shows texts in its acknowledgement, and one command. */
async function serve(run: Command['run'], answerInAckMs = 300) {
  const registry = createRegistry()
  registry.replace([compileCommand('ping', { summary: 'Answers', run })])
  const journal = createMemoryJournal()
  const queue = createWorkQueue({ log: silentLogger })
  const delivered: string[] = []
  const platforms = [chat(delivered)]
  const outbox = createOutbox({ log: silentLogger })
  const { signal } = new AbortController()
  queue.start(createProcessor({ registry, store: createMemoryStore(), log: silentLogger, platforms, outbox, signal }))
  const health = { probe: async () => {}, commands: () => 1, draining: false }
  const app = createApp({ platforms, journal, queue, health, log: silentLogger, answerInAckMs })
  const server = http.createServer(createKoa(app, silentLogger).callback())
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const post = (id: string, gone?: { cut(): void }) => send(port, id, gone)
  return { post, delivered, story: journal.findRecord }
}

function chat(delivered: string[]): Platform {
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
    answer: (reply: Reply) => (reply.kind === 'text' ? { status: 200, body: { text: reply.text } } : undefined),
    deliver: async (reply) => void delivered.push(reply.kind === 'text' ? reply.text : reply.kind),
  }
}

function send(port: number, id: string, gone: { cut(): void } | undefined) {
  return new Promise<{ status: number | undefined; body?: unknown }>((resolve, reject) => {
    const request = http.request({ port, path: '/chat/webhook', method: 'POST' }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode, ...(text ? { body: JSON.parse(text) } : {}) })
      })
    })
    if (gone) gone.cut = () => request.destroy(new Error('cut'))
    request.on('error', reject)
    request.end(id)
  })
}
