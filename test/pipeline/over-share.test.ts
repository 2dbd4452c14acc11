import { describe, expect, it } from 'vitest'
import { createAckSlot } from '../../src/delivery/ack-slot.js'
import { createOutbox } from '../../src/delivery/outbox.js'
import { accepted, createEntry } from '../../src/journal/entry.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Reply } from '../../src/model/reply.js'
import { acceptInvocation } from '../../src/pipeline/accept.js'
import { createProcessor } from '../../src/pipeline/process-invocation.js'
import type { Platform } from '../../src/platforms/platform.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('a call over its share', () => {
  it('is not run, and its caller alone is told so, under its id', async () => {
    const bot = start()
    for (let n = 0; n < 3; n++) await bot.type(`${n}`)
    await expect.poll(async () => (await bot.story('2'))?.outcome).toBe('throttled')
    expect(bot.shown).toEqual([
      expect.objectContaining({
        kind: 'text',
        audience: 'caller',
        text: '1 of your commands are waiting already, so this one was not run. Nothing else that you type will run until some of them have ended (id 2).',
      }),
    ])
    expect(bot.runs).toEqual(['0'])
    expect((await bot.story('2'))?.events.map(({ what }) => what)).not.toContain('begun')
  })

  it('is told so in its acknowledgement where that can show it, however many notices are on their way', async () => {
    const bot = start(() => new Promise(() => {})) // a chat server that never answers
    for (let n = 0; n < 3; n++) await bot.type(`${n}`)
    const slot = createAckSlot((reply) => reply)
    await bot.type('3', slot)
    expect(await slot.wait(5_000)).toMatchObject({ text: expect.stringContaining('(id 3)') })
    await expect.poll(async () => (await bot.story('3'))?.outcome).toBe('throttled')
  })

  it('is told so once where its notice rides in the acknowledgement', async () => {
    const bot = start()
    for (let n = 0; n < 2; n++) await bot.type(`${n}`)
    const slot = createAckSlot((reply) => reply)
    slot.settle(true)
    await bot.type('2', slot)
    expect(await slot.wait(5_000)).toMatchObject({ text: expect.stringContaining('(id 2)') })
    await expect.poll(async () => (await bot.story('2'))?.outcome).toBe('throttled')
    expect(bot.shown).toEqual([])
  })

  it('is ended without a notice of its own while enough are on their way', async () => {
    const bot = start(() => new Promise(() => {}))
    for (let n = 0; n < 4; n++) await bot.type(`${n}`)
    await expect.poll(async () => (await bot.story('3'))?.outcome).toBe('throttled')
    expect(bot.shown).toHaveLength(1)
    expect((await bot.story('2'))?.outcome).toBeUndefined()
  })

  it('is not run after a crash either, where its caller was told', async () => {
    const state = accepted(invocationOf('1'), Date.now())
    const kept = { draining: false, save: async () => {}, close: async () => {}, release: async () => {} }
    await createEntry({ state, token: '' }, kept, true).end('throttled')
    expect(createEntry({ state, token: '' }, kept).recovery).toMatchObject({ ended: 'throttled' })
  })
})

/** A bot in which one person may have one call running and one waiting, and a command that never ends. */
function start(deliver: () => Promise<void> = async () => {}) {
  const shown: Reply[] = []
  const runs: string[] = []
  const registry = createRegistry()
  registry.replace([
    compileCommand('hang', {
      summary: 'Never ends',
      run({ invocation }) {
        runs.push(invocation.id)
        return new Promise<void>(() => {})
      },
    }),
  ])
  const platform: Platform = {
    name: 'chat',
    webhooks: [],
    maxTextLength: 1_000,
    verify: () => Promise.reject(new Error('not asked')),
    decode: () => ({ ack: { status: 204 } }),
    deliver(reply) {
      shown.push(reply)
      return deliver()
    },
  }
  const log = silentLogger
  const journal = createMemoryJournal()
  const shares = { running: { person: 1, command: 32, tenant: 48 }, waiting: { person: 1, tenant: 100 } }
  const queue = createWorkQueue({ log, shares })
  const { signal } = new AbortController()
  const outbox = createOutbox({ log })
  queue.start(createProcessor({ registry, store: createMemoryStore(), log, platforms: [platform], outbox, signal }))
  return {
    shown,
    runs,
    story: journal.findRecord,
    type: (id: string, slot?: ReturnType<typeof createAckSlot>) =>
      acceptInvocation(invocationOf(id, { platform: 'chat', text: '/hang' }), { journal, queue }, undefined, slot),
  }
}
