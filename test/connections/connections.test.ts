import { expect, it } from 'vitest'
import { createConnections } from '../../src/connections/connections.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Platform } from '../../src/platforms/platform.js'
import { createMemoryStore } from '../../src/stores/memory.js'

it('leaves a platform that is made by a class its verbs, where replies go by way of another process', () => {
  const platform = new Pager()
  const connections = createConnections({
    platforms: [platform],
    store: createMemoryStore(),
    log: silentLogger,
    journal: createMemoryJournal(),
    queue: createWorkQueue({ log: silentLogger }),
  })
  const shared = connections.shared(platform)
  expect(shared.name).toBe('pager')
  expect(shared.decode({ data: undefined } as never)).toEqual({ ack: { status: 204 } })
  expect(shared.deliver).not.toBe(platform.deliver)
})

class Pager implements Platform {
  readonly #ack = { status: 204 }
  readonly name = 'pager'
  readonly webhooks = []
  readonly maxTextLength = 100
  readonly deliversByConnection = true
  async verify(): Promise<never> {
    throw new Error('it has no webhooks')
  }
  decode() {
    return { ack: this.#ack }
  }
  async deliver() {}
  async connect() {}
}
