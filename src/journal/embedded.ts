import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import type { Proof } from '../model/proof.js'
import type { Reply } from '../model/reply.js'
import type { Embedded } from '../stores/environment.js'
import { createDesk, type Held, TakenError } from './desk.js'
import { findEntries, openText } from './entries.js'
import type { Journal } from './journal.js'
import { beat, describeOwner, isDead, type Owner } from './owner.js'
import { accepted, closedStory, type Progress, takenOver } from './progress.js'
import { findProofs } from './proofs.js'

/**
 * A journal in the embedded store, for all processes that have it open. An invocation is on disk when `accept` resolves,
 * and so is every mark. What a dead process left is taken up within seconds.
 */
export function createEmbeddedJournal(parts: EmbeddedJournalParts): Journal {
  const { embedded, log, auditDays = 30, self: me = describeOwner(), lookMs = 2_000, ...bounds } = parts
  const entries = findEntries(embedded)
  const owners = embedded.table('owners')
  const proofs = findProofs(embedded)
  const timers: NodeJS.Timeout[] = []
  let takes = 0
  let known = false

  const desk = createDesk({
    ...bounds,
    log,
    ledger: {
      keep(held) {
        held.unwritten ??= mark(held, (id) => entries.keep(me.id, id, textOf(held)))
        return held.unwritten
      },
      close: (held, outcome) => mark(held, () => entries.close(me.id, closedStory(held.progress, outcome, Date.now()))),
      release: (held) => mark(held, (id) => entries.give(me.id, id, nobody, textOf(held))),
    },
  })

  /** Several marks of one turn are one write. */
  async function mark(held: Held, write: (id: string) => void): Promise<void> {
    const { id } = held.progress.invocation
    const change = () => {
      held.unwritten = undefined // what is marked from now on comes too late for this write
      if (!entries.isHeld(me.id, id, held.token)) throw new TakenError('taken over by another process')
      write(id)
    }
    try {
      await embedded.finish(change, sizeOf(held.progress))
    } catch (error) {
      held.unwritten = undefined
      throw error
    }
  }

  async function add(invocation: Invocation, begun: boolean, proof?: Proof): Promise<Held | undefined> {
    const { id } = invocation
    if (!proof && entries.has(id)) return undefined
    if (!known) await sayAlive() // an entry whose owner nobody knows would never be taken up
    const at = Date.now()
    const held: Held = { progress: accepted(invocation, at, begun), begun, token: String(++takes) }
    const text = textOf(held)
    return await embedded.write(() => {
      const isNew = !entries.has(id)
      if (proof) proofs.show(proof, isNew)
      if (!isNew) return undefined
      entries.add(me.id, id, at, text)
      return held
    }, text.length)
  }

  async function sayAlive(): Promise<void> {
    await embedded.finish(() => owners.put(Buffer.from(me.id), JSON.stringify({ ...me, beat: beat() })), 300)
    known = true
  }

  /** Takes up what was released, and what dead processes left. */
  async function look(): Promise<void> {
    await takeFrom(nobody)
    for (const { key, value } of [...owners.getRange()]) {
      const owner = JSON.parse(value) as Owner
      if (owner.id === me.id || !isDead(owner, me)) continue
      const { taken, more } = await takeFrom(owner.id)
      if (taken > 0) log.warn({ entries: taken, pid: owner.pid }, 'taken up from a process that died')
      if (!more) await embedded.finish(() => owners.remove(key), 0)
    }
  }

  async function takeFrom(owner: string): Promise<{ readonly taken: number; readonly more: boolean }> {
    let taken = 0
    for (;;) {
      const limit = Math.min(desk.room(), 100)
      if (limit <= 0) return { taken, more: true }
      const held =
        entries.openOf(owner, 1).length === 0 ? [] : await embedded.finish(() => takeSome(owner, limit), limit * 2_048)
      for (const one of held) desk.take(one)
      taken += held.length
      if (held.length < limit) return { taken, more: false }
    }
  }

  function takeSome(owner: string, limit: number): Held[] {
    return entries.openOf(owner, limit).map((progress) => {
      takenOver(progress, Date.now())
      const held: Held = { progress, token: String(++takes) }
      entries.give(owner, progress.invocation.id, me.id, textOf(held))
      return held
    })
  }

  function allOwners(): readonly string[] {
    return [nobody, ...[...owners.getKeys()].map((key) => Buffer.from(key).toString())]
  }

  async function purgeAll(): Promise<void> {
    while (await embedded.finish(() => entries.purge(Date.now() - auditDays * day), 65_536));
  }

  async function sweepAll(): Promise<void> {
    while (await embedded.finish(proofs.sweep, 65_536));
  }

  /** A store that is away now is looked at again later. */
  function every(ms: number, task: () => Promise<void>): void {
    let busy = false
    const timer = setInterval(async () => {
      if (busy) return
      busy = true
      await task().catch((error: unknown) => log.error({ err: error }, 'the journal could not be looked after'))
      busy = false
    }, ms)
    timer.unref()
    timers.push(timer)
  }

  every(3_000, sayAlive)

  return {
    accept: (invocation, proof) => desk.accept((begun) => add(invocation, begun, proof)),
    witness: (proof) => embedded.write(() => proofs.show(proof, false), proof.key.length + proof.body.length),
    full: desk.full,
    async start(work) {
      await sayAlive()
      await look()
      desk.start(work)
      every(lookMs, look)
      every(600_000, purgeAll)
      every(60_000, sweepAll)
      void purgeAll().catch((error: unknown) => log.error({ err: error }, 'the audit could not be shortened'))
    },
    async stop(graceMs) {
      for (const timer of timers.slice(1)) clearInterval(timer)
      await desk.stop(graceMs)
      clearInterval(timers[0])
    },
    async story(id) {
      return entries.story(id, allOwners())
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      let given = 0
      for (const story of entries.audit(allOwners(), since)) {
        if (given >= limit) return
        if (story.outcome === 'ignored') continue
        given++
        yield story
      }
    },
    open: desk.open,
  }
}

interface EmbeddedJournalParts {
  readonly embedded: Embedded
  readonly log: Log
  readonly limit?: number
  readonly concurrency?: number
  /** How long stories are kept, and a message counts as seen. */
  readonly auditDays?: number
  /** How often it is looked for what others left. */
  readonly lookMs?: number
  /** Who this process says it is. */
  readonly self?: Owner
}

/** In whose hands that is which was released. */
const nobody = '0'.repeat(16)
const day = 86_400_000

function textOf({ token, progress }: Held): string {
  return openText(token, progress)
}

/** About how many bytes it takes in the file. */
function sizeOf({ invocation, pending }: Progress): number {
  const large = (reply: Reply) => (reply.kind === 'file' ? reply.content : reply.kind === 'text' ? reply.text : '')
  return pending.reduce((sum, reply) => sum + 2_048 + large(reply).length, 4_096 + invocation.text.length)
}
