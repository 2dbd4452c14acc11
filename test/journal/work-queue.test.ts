import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../src/journal/journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Outcome } from '../../src/model/reply.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('a queue that stops', () => {
  it('leaves to others what comes while there are any, and refuses it while there are none', async () => {
    const queue = createWorkQueue({ log: silentLogger })
    const run: string[] = []
    queue.start(async ({ invocation: { id } }) => {
      run.push(id)
      return 'done'
    })
    let others = true
    const stopped = queue.stop(0, () => others)
    queue.assertOpen()
    const reservation = queue.reserve(invocationOf('late'))
    expect(reservation.startsAtOnce).toBe(false)
    await queue.push({ ...leftover('late'), recovery: undefined }, reservation)
    queue.release(reservation)
    expect({ run, released: released.splice(0) }).toEqual({ run: [], released: ['late'] })
    others = false
    expect(() => queue.assertOpen()).toThrow('The bot is stopping.')
    expect(() => queue.reserve(invocationOf('later'))).toThrow('The bot is stopping.')
    await stopped
  })
})

describe('what ran when its process died, and runs again', () => {
  it('runs one at a time', async () => {
    const { queue, running, end } = working()
    for (const id of ['a', 'b', 'c']) queue.take(leftover(id))
    for (const id of ['a', 'b', 'c']) {
      await expect.poll(running).toEqual([id])
      await sleep(20)
      expect(running()).toEqual([id])
      end(id)
    }
    await expect.poll(running).toEqual([])
  })

  it('keeps nothing new from running, before it or beside it', async () => {
    const { queue, running, push, end } = working({ restMs: 300 })
    queue.take(leftover('suspect'))
    expect(queue.open()).toEqual({ waiting: 1, running: 0, delivering: 0 })
    push('before')
    expect(running()).toEqual(['before'])
    await expect.poll(running).toEqual(['before', 'suspect'])
    push('beside')
    expect(running()).toEqual(['before', 'suspect', 'beside'])
    for (const id of ['before', 'suspect', 'beside']) end(id)
  })

  it('lets others go first whenever a death brings the first of them, not only at the start', async () => {
    const { queue, running, end } = working()
    for (const id of ['first', 'later']) {
      await sleep(20)
      queue.take(leftover(id))
      expect(running()).toEqual([])
      await expect.poll(running).toEqual([id])
      end(id)
    }
  })

  it('is not what had not begun, or only has to be told', async () => {
    const { queue, running } = working({ restMs: 3_600_000 })
    queue.take({ ...leftover('told'), recovery: { replies: [], shown: 0, doubtful: false, deaths: 1, ended: 'done' } })
    queue.take({ ...leftover('fresh'), recovery: undefined })
    expect(running()).toEqual(['told', 'fresh'])
  })

  it('takes places of the queue, and is left to others when the bot stops', async () => {
    const { queue, released } = working({ limit: 2, restMs: 3_600_000 })
    queue.take(leftover('a'))
    queue.take(leftover('b'))
    expect(queue.capacity()).toBe(0)
    await queue.stop(0)
    expect(released).toEqual(['a', 'b'])
    queue.take(leftover('late'))
    expect(released).toEqual(['a', 'b', 'late'])
  })

  function working(bounds: { readonly limit?: number; readonly restMs?: number } = {}) {
    const queue = createWorkQueue({ log: silentLogger, restMs: 0, ...bounds })
    const ends = new Map<string, (outcome: Outcome) => void>()
    queue.start(({ invocation: { id } }) => new Promise((resolve) => ends.set(id, resolve)))
    return {
      queue,
      released,
      running: () => [...ends.keys()],
      end(id: string) {
        ends.get(id)?.('done')
        ends.delete(id)
      },
      push(id: string) {
        void queue.push({ ...leftover(id), recovery: undefined }, queue.reserve(invocationOf(id)))
      },
    }
  }
})

const released: string[] = []

function leftover(id: string): JournalEntry {
  const nothing = async () => {}
  return {
    invocation: invocationOf(id),
    recovery: { replies: [], shown: 0, doubtful: false, deaths: 1 },
    begin: nothing,
    record: nothing,
    sending: nothing,
    unsent: nothing,
    sent: nothing,
    drop: nothing,
    end: nothing,
    close: nothing,
    release: async () => void released.push(id),
  }
}
