import { LRUCache } from 'lru-cache'
import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import { createDesk, type Held } from './desk.js'
import type { Journal, Story } from './journal.js'
import { accepted, closedStory, storyOf } from './progress.js'

/** A journal that ends with the process, for tests. It remembers the latest `remembered` stories. */
export function createMemoryJournal({ log, limit, concurrency, remembered = 10_000 }: MemoryJournalParts): Journal {
  const open = new Map<string, Held>()
  const closed = new LRUCache<string, Story>({ max: remembered })
  const desk = createDesk({
    log,
    ...(limit === undefined ? {} : { limit }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ledger: {
      async keep() {},
      async close({ progress }, outcome) {
        open.delete(progress.invocation.id)
        closed.set(progress.invocation.id, closedStory(progress, outcome, Date.now()))
      },
      async release() {},
    },
  })

  async function add(invocation: Invocation, begun: boolean): Promise<Held | undefined> {
    if (open.has(invocation.id) || closed.has(invocation.id)) return undefined
    const held = { progress: accepted(invocation, Date.now(), begun), begun, token: '' }
    open.set(invocation.id, held)
    return held
  }

  return {
    accept: (invocation) => desk.accept((begun) => add(invocation, begun)),
    full: desk.full,
    async start(work) {
      desk.start(work)
    },
    stop: desk.stop,
    async story(id) {
      const held = open.get(id)
      return held ? storyOf(held.progress) : closed.get(id)
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      const stories = [...[...open.values()].map(({ progress }) => storyOf(progress)), ...closed.values()]
      const accepted = ({ events }: Story) => events[0]?.at ?? 0
      yield* stories
        .filter((story) => story.outcome !== 'ignored' && accepted(story) >= since)
        .sort((one, other) => accepted(other) - accepted(one))
        .slice(0, limit)
    },
    open: desk.open,
  }
}

interface MemoryJournalParts {
  readonly log: Log
  readonly limit?: number
  readonly concurrency?: number
  readonly remembered?: number
}
