import { LRUCache } from 'lru-cache'
import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/logger.js'
import { checkProof, type Proof } from '../model/replay.js'
import { PassingMap } from '../shared/pooled-collections.js'
import { accepted, closedStory, storyOf } from './entry-state.js'
import type { Journal, Story } from './journal.js'
import { createDesk, type Held } from './work-queue.js'

/** A journal that ends with the process, for tests. It remembers the latest `remembered` stories. */
export function createMemoryJournal(parts: MemoryJournalParts): Journal {
  const { log, limit = 10_000, concurrency, remembered = 10_000 } = parts
  const open = new PassingMap<Held>()
  const closed = new LRUCache<string, Story>({ max: remembered })
  const proofs = new LRUCache<string, string>({ max: 50_000 })
  let turn: Promise<void> | undefined
  const desk = createDesk({
    log,
    limit,
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

  /** Those that come in one turn are answered in one, as a commit would: one by one they wake whoever waits each time. */
  function endOfTurn(): Promise<void> {
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined
        resolve()
      })
    })
    return turn
  }

  async function add(invocation: Invocation, begun: boolean, proof?: Proof): Promise<Held | undefined> {
    await endOfTurn()
    const isNew = !open.has(invocation.id) && !closed.has(invocation.id)
    if (proof) show(proof, isNew)
    if (!isNew) return undefined
    const held = { progress: accepted(invocation, Date.now(), begun), begun, token: '' }
    open.set(invocation.id, held)
    return held
  }

  function show(proof: Proof, isNew: boolean): void {
    checkProof(proof, proofs.get(proof.key), isNew)
    proofs.set(proof.key, proof.body)
  }

  return {
    accept: (invocation, proof) => desk.accept((begun) => add(invocation, begun, proof)),
    async witness(proof) {
      show(proof, false)
    },
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
