import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/delivery/outbox.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { DeliveryError, UsageError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Reply } from '../../src/model/reply.js'
import { createNotifierRuntime, type NotifierRuntime } from '../../src/notify/bootstrap.js'
import { createRateLimiter } from '../../src/notify/rate-limit.js'
import { createTokens } from '../../src/notify/tokens.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { invocationOf } from '../fixtures/invocation.js'
import { type NotifiedRooms, startRooms } from '../fixtures/notified-rooms.js'

describe('/notify', () => {
  let mine: NotifiedRooms
  let theirs: NotifiedRooms
  let notifications: NotifierRuntime
  const stopping = new AbortController()

  beforeEach(() => {
    mine = startRooms(['1', '2'])
    theirs = startRooms(['9'], 'owl')
    const log = silentLogger
    const store = createMemoryStore()
    notifications = createNotifierRuntime({
      store,
      journal: createMemoryJournal(),
      platforms: [mine.platform, theirs.platform],
      outbox: createOutbox({ log }),
      log,
      auditDays: 1,
      hooks: { find: () => undefined },
      tokens: createTokens({ store }),
      rates: createRateLimiter(),
      env: {},
      warn: () => {},
      signal: stopping.signal,
    })
    notifications.start()
  })
  afterEach(() => notifications.queue.stop(0))

  it('posts to the rooms, says who speaks, and tells where it arrived', async () => {
    mine.fail('2', new DeliveryError('archived', { retry: false }))
    const said = text(await type('1,room 2'))
    expect(mine.sent).toEqual(['1: Ann: Maintenance at noon'])
    expect(said).toMatch(/^Posted to 1 of 2 rooms \(id \w+\)\.\npigeon:2: It could not be delivered/)
  })

  it('posts once, though the call is run again after a crash', async () => {
    await type('1')
    await type('1')
    expect(mine.sent).toHaveLength(1)
  })

  it('leads out of the caller’s tenant by an alias alone', async () => {
    await expect(type('1,owl:9')).rejects.toThrow(UsageError)
    expect([...mine.sent, ...theirs.sent]).toEqual([])
    await notifications.aliases.set('partners', ['owl:9'])
    await type('partners')
    expect(theirs.sent).toEqual(['9: Ann: Maintenance at noon'])
  })

  it('names the room that there is not', async () => {
    await expect(type('1,nowhere')).rejects.toThrow('Room "nowhere" not found.')
    await expect(type(' , ')).rejects.toThrow(UsageError)
    expect(mine.sent).toEqual([])
  })

  function type(rooms: string): Promise<Reply> {
    const invocation = invocationOf('typed', { platform: 'pigeon', tenant: { id: 'home' } })
    return notifications.broadcast(invocation, rooms, 'Maintenance at noon', stopping.signal)
  }
})

function text(reply: Reply): string {
  return reply.kind === 'text' ? reply.text : ''
}
