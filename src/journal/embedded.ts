import { createHash } from 'node:crypto'
import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import { checkProof, type Proof } from '../model/proof.js'
import type { Reply } from '../model/reply.js'
import type { Embedded } from '../stores/environment.js'
import { keyBytes } from '../stores/key.js'
import { openValues, toKept } from '../stores/values.js'
import { createDesk, type Held, TakenError } from './desk.js'
import type { Journal, Story } from './journal.js'
import { beat, describeOwner, isDead, type Owner } from './owner.js'
import { accepted, closedStory, type Progress, storyOf, takenOver } from './progress.js'

/**
 * A journal in the embedded store, for all processes that have it open. An invocation is on disk when `accept` resolves,
 * and so is every mark. What a dead process left is taken up within seconds.
 */
export function createEmbeddedJournal(parts: EmbeddedJournalParts): Journal {
  const { embedded, log, auditDays = 30, self: me = describeOwner(), lookMs = 2_000, ...bounds } = parts
  // By id there is only the time, which leads to the story: what is long is written at the end, whatever its id.
  const times = embedded.table('times')
  const stories = embedded.table('stories')
  const open = embedded.table('open')
  const owners = embedded.table('owners')
  const values = openValues(embedded)
  const timers: NodeJS.Timeout[] = []
  let takes = 0
  let known = false

  const desk = createDesk({
    ...bounds,
    log,
    ledger: {
      keep(held) {
        held.unwritten ??= mark(held, keep)
        return held.unwritten
      },
      close: (held, outcome) => mark(held, (held) => close(held, closedStory(held.progress, outcome, Date.now()))),
      release: (held) => mark(held, release),
    },
  })

  /** Several marks of one turn are one write. */
  async function mark(held: Held, write: (held: Held) => void): Promise<void> {
    const key = idKey(held.progress.invocation.id)
    const change = () => {
      held.unwritten = undefined // what is marked from now on comes too late for this write
      if (open.get(openKey(me.id, key)) !== held.token) throw new TakenError('taken over by another process')
      write(held)
    }
    try {
      await embedded.finish(change, sizeOf(held.progress))
    } catch (error) {
      held.unwritten = undefined
      throw error
    }
  }

  function keep({ progress }: Held): void {
    stories.put(storyKey(progress), JSON.stringify({ progress } satisfies Kept))
  }

  function close({ progress }: Held, story: Story): void {
    stories.put(storyKey(progress), JSON.stringify({ story } satisfies Kept))
    open.remove(openKey(me.id, idKey(story.id)))
  }

  function release({ progress }: Held): void {
    const key = idKey(progress.invocation.id)
    open.remove(openKey(me.id, key))
    open.put(openKey(nobody, key), '')
  }

  async function add(invocation: Invocation, begun: boolean, proof?: Proof): Promise<Held | undefined> {
    const key = idKey(invocation.id)
    if (!proof && times.doesExist(key)) return undefined
    if (!known) await sayAlive() // an entry whose owner nobody knows would never be taken up
    const at = Date.now()
    const held: Held = { progress: accepted(invocation, at, begun), begun, token: String(++takes) }
    const text = JSON.stringify({ progress: held.progress } satisfies Kept)
    return await embedded.write(() => {
      const isNew = !times.doesExist(key)
      if (proof) show(proof, isNew)
      if (!isNew) return undefined
      times.put(key, String(at))
      stories.put(timeKey(at, key), text)
      open.put(openKey(me.id, key), held.token)
      return held
    }, text.length)
  }

  function show(proof: Proof, isNew: boolean): void {
    const key = keyBytes(proof.key)
    checkProof(proof, values.read(key), isNew)
    values.put(key, toKept(proof.body, proof.ttlMs))
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
      const held = isEmpty(owner) ? [] : await embedded.finish(() => takeSome(owner, limit), limit * 2_048)
      for (const one of held) desk.take(one)
      taken += held.length
      if (held.length < limit) return { taken, more: false }
    }
  }

  function isEmpty(owner: string): boolean {
    return ![...open.getKeys({ ...rangeOf(owner), limit: 1 })].length
  }

  function takeSome(owner: string, limit: number): Held[] {
    const keys = [...open.getKeys({ ...rangeOf(owner), limit })].map((key) => Buffer.from(key.subarray(ownerBytes)))
    return keys.flatMap((key) => {
      open.remove(openKey(owner, key))
      const progress = readKept(key)?.progress
      if (!progress) return []
      takenOver(progress, Date.now())
      const held: Held = { progress, token: String(++takes) }
      open.put(openKey(me.id, key), held.token)
      keep(held)
      return [held]
    })
  }

  function readKept(key: Uint8Array): Kept | undefined {
    const at = times.get(key)
    const text = at === undefined ? undefined : stories.get(timeKey(Number(at), key))
    return text === undefined ? undefined : (JSON.parse(text) as Kept)
  }

  /** Takes away some of what is older than the audit keeps, and says whether there may be more. What is open stays. */
  function purge(): boolean {
    const end = timeKey(Date.now() - auditDays * day, nothing)
    const due = [...stories.getRange({ end, limit: 500 })].map(({ key, value }) => ({ key: Buffer.from(key), value }))
    const closed = due.filter(({ value }) => (JSON.parse(value) as Kept).progress === undefined)
    for (const { key } of closed) {
      times.remove(key.subarray(timeBytes))
      stories.remove(key)
    }
    return closed.length === 500
  }

  async function purgeAll(): Promise<void> {
    while (await embedded.finish(purge, 65_536));
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
    witness: (proof) => embedded.write(() => show(proof, false), proof.key.length + proof.body.length),
    full: desk.full,
    async start(work) {
      await sayAlive()
      await look()
      desk.start(work)
      every(lookMs, look)
      every(600_000, purgeAll)
      void purgeAll().catch((error: unknown) => log.error({ err: error }, 'the audit could not be shortened'))
    },
    async stop(graceMs) {
      for (const timer of timers.slice(1)) clearInterval(timer)
      await desk.stop(graceMs)
      clearInterval(timers[0])
    },
    async story(id) {
      return toStory(readKept(idKey(id)))
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      const [end, length] = [timeKey(since, nothing), 100]
      let start = timeKey(Number.MAX_VALUE, nothing)
      for (let given = 0; given < limit; ) {
        const range = stories.getRange({ start, end, reverse: true, exclusiveStart: true, limit: length })
        const page = [...range].map(({ key, value }) => ({ key: Buffer.from(key), value }))
        for (const { key, value } of page) {
          start = key
          const story = toStory(JSON.parse(value) as Kept)
          if (story && story.outcome !== 'ignored' && given++ < limit) yield story
        }
        if (page.length < length) return
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

/** An entry as it stands in the file: open, or reduced to its story. */
type Kept =
  | { readonly progress: Progress; readonly story?: undefined }
  | { readonly progress?: undefined; readonly story: Story }

function toStory({ progress, story }: Partial<Kept> = {}): Story | undefined {
  return story ?? (progress && storyOf(progress))
}

/** In whose hands that is which was released. */
const nobody = '0'.repeat(16)
const ownerBytes = nobody.length
const timeBytes = 8
const day = 86_400_000
const nothing = new Uint8Array()

/** An id of any length is a key of bounded length. */
function idKey(id: string): Buffer {
  const bytes = Buffer.from(id)
  return bytes.length > 0 && bytes.length <= 200 ? bytes : createHash('sha256').update(bytes).digest()
}

function openKey(owner: string, entry: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(owner), entry])
}

function rangeOf(owner: string): { readonly start: Buffer; readonly end: Buffer } {
  return { start: Buffer.from(owner), end: Buffer.concat([Buffer.from(owner), Buffer.alloc(250, 0xff)]) }
}

/** Where a story stands: by when it was accepted. */
function storyKey({ invocation, events }: Progress): Buffer {
  return timeKey(events[0]?.at ?? 0, idKey(invocation.id))
}

function timeKey(at: number, entry: Uint8Array): Buffer {
  const time = Buffer.alloc(timeBytes)
  time.writeDoubleBE(at)
  return Buffer.concat([time, entry])
}

/** About how many bytes it takes in the file. */
function sizeOf({ invocation, pending }: Progress): number {
  const large = (reply: Reply) => (reply.kind === 'file' ? reply.content : reply.kind === 'text' ? reply.text : '')
  return pending.reduce((sum, reply) => sum + 2_048 + large(reply).length, 4_096 + invocation.text.length)
}
