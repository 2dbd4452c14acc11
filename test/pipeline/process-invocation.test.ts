import { describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/delivery/outbox.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { DeliveryError, uninstalledError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Outcome, Reply } from '../../src/model/reply.js'
import { acceptInvocation } from '../../src/pipeline/accept.js'
import { createProcessor } from '../../src/pipeline/process-invocation.js'
import type { Platform } from '../../src/platforms/platform.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('a call, from the journal to its end', () => {
  it('ends as its run did, once its replies are delivered', async () => {
    const shown: Reply[] = []
    expect(await outcomeOf(async (reply) => void shown.push(reply))).toBe('done')
    expect(shown).toMatchObject([{ text: 'pong' }])
  })

  it('ends as undeliverable where a reply is refused for good', async () => {
    expect(await outcomeOf(() => Promise.reject(new DeliveryError('the room is archived', { retry: false })))).toBe(
      'undeliverable',
    )
  })

  it('ends as uninstalled where its installation is gone', async () => {
    expect(await outcomeOf(() => Promise.reject(uninstalledError()))).toBe('uninstalled')
  })

  it('ends as undeliverable where its platform is switched off', async () => {
    expect(await outcomeOf(async () => {}, 'elsewhere')).toBe('undeliverable')
  })
})

/** How `/ping` ends where replies are delivered so: as the journal has it, and as the platform and the metrics are told. */
async function outcomeOf(deliver: Platform['deliver'], name = 'chat'): Promise<Outcome | undefined> {
  const told: (Outcome | undefined)[] = []
  const registry = createRegistry()
  registry.replace([compileCommand('ping', { summary: 'Answers', run: () => 'pong' })])
  const platform: Platform = {
    name,
    webhooks: [],
    maxTextLength: 100,
    verify: () => Promise.reject(new Error('not asked')),
    decode: () => ({ ack: { status: 204 } }),
    deliver,
    onInvocationEnd: async (_, outcome) => void told.push(outcome),
  }
  const journal = createMemoryJournal()
  const queue = createWorkQueue({ log: silentLogger })
  const log = silentLogger
  const outbox = createOutbox({ log })
  const { signal } = new AbortController()
  const onEnded = (_: unknown, __: string, outcome: Outcome) => void told.push(outcome)
  queue.start(
    createProcessor({ registry, store: createMemoryStore(), log, platforms: [platform], outbox, signal, onEnded }),
  )
  await acceptInvocation(invocationOf('1', { platform: 'chat', text: '/ping' }), { journal, queue })
  await expect.poll(async () => (await journal.findRecord('1'))?.outcome).toBeDefined()
  const outcome = (await journal.findRecord('1'))?.outcome
  expect(told).toEqual(name === 'chat' ? [outcome, outcome] : [])
  return outcome
}
