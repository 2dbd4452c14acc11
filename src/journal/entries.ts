import { createHash } from 'node:crypto'
import type { Embedded } from '../stores/environment.js'
import type { Story } from './journal.js'
import { type Progress, storyOf } from './progress.js'

/**
 * A journal's entries in the embedded store. What is open lies with its owner, and is gone from there when it closes; its
 * story is then written behind all others. By id there is only the time, which leads to the story. So what is long is
 * never looked for among what is old. All but what reads only is called within a transaction.
 */
export interface Entries {
  has(id: string): boolean
  /** `open` is what `openText` made: outside the transaction, which all others wait for. */
  add(owner: string, id: string, at: number, open: string): void
  /** Says whether the owner has it, by the token with which it got it. */
  isHeld(owner: string, id: string, token: string): boolean
  keep(owner: string, id: string, open: string): void
  close(owner: string, story: Story): void
  /** Gives an open entry to another owner. */
  give(owner: string, id: string, other: string, open: string): void
  /** What an owner has open, `limit` at most. */
  openOf(owner: string, limit: number): readonly Progress[]
  story(id: string, owners: readonly string[]): Story | undefined
  /** Those of `owners` that are open, and all that closed; each newest first. */
  audit(owners: readonly string[], since: number): Iterable<Story>
  /** Takes away some of what was accepted before `end` and has closed; says whether there may be more. */
  purge(end: number): boolean
}

/** An open entry as it is kept. */
export function openText(token: string, progress: Progress): string {
  return `${token}\n${JSON.stringify(progress)}`
}

/** Finds the entries in the store. */
export function findEntries(embedded: Embedded): Entries {
  const times = embedded.table('times')
  const stories = embedded.table('stories')
  const open = embedded.table('unfinished')

  function openOf(owner: string, limit: number): Progress[] {
    return [...open.getRange({ ...rangeOf(owner), limit })].map(({ value }) => readOpen(value))
  }

  function* closed(since: number): Generator<Story> {
    const end = timeKey(since, nothing)
    for (let start = timeKey(Number.MAX_VALUE, nothing); ; ) {
      const range = stories.getRange({ start, end, reverse: true, exclusiveStart: true, limit: pageLength })
      const page = [...range].map(({ key, value }) => ({ key: Buffer.from(key), story: JSON.parse(value) as Story }))
      for (const { story } of page) yield story
      const last = page.at(-1)
      if (!last || page.length < pageLength) return
      start = last.key
    }
  }

  return {
    has: (id) => times.doesExist(idKey(id)),
    add(owner, id, at, text) {
      times.put(idKey(id), String(at))
      open.put(openKey(owner, id), text)
    },
    isHeld: (owner, id, token) => open.get(openKey(owner, id))?.startsWith(`${token}\n`) === true,
    keep: (owner, id, text) => void open.put(openKey(owner, id), text),
    close(owner, story) {
      stories.put(timeKey(acceptedAt(story), idKey(story.id)), JSON.stringify(story))
      open.remove(openKey(owner, story.id))
    },
    give(owner, id, other, text) {
      open.remove(openKey(owner, id))
      open.put(openKey(other, id), text)
    },
    openOf,
    story(id, owners) {
      const at = times.get(idKey(id))
      if (at === undefined) return undefined
      const text = stories.get(timeKey(Number(at), idKey(id)))
      if (text !== undefined) return JSON.parse(text) as Story
      const kept = owners.map((owner) => open.get(openKey(owner, id))).find((value) => value !== undefined)
      return kept === undefined ? undefined : storyOf(readOpen(kept))
    },
    *audit(owners, since) {
      const pending = owners.flatMap((owner) => openOf(owner, Number.POSITIVE_INFINITY).map(storyOf))
      pending.sort((one, other) => acceptedAt(one) - acceptedAt(other))
      const due = (before: number) => (acceptedAt(pending.at(-1)) >= before ? pending.pop() : undefined)
      for (const story of closed(since)) {
        for (let one = due(acceptedAt(story)); one; one = due(acceptedAt(story))) yield one
        yield story
      }
      for (let one = due(since); one; one = due(since)) yield one
    },
    purge(end) {
      const range = stories.getKeys({ end: timeKey(end, nothing), limit: purgeLimit })
      const due = [...range].map((key) => Buffer.from(key)) // what LMDB hands out may lie in its own memory
      for (const key of due) {
        times.remove(key.subarray(timeBytes))
        stories.remove(key)
      }
      return due.length === purgeLimit
    },
  }
}

const pageLength = 100
const purgeLimit = 500
const timeBytes = 8
const nothing = new Uint8Array()

function readOpen(text: string): Progress {
  return JSON.parse(text.slice(text.indexOf('\n') + 1)) as Progress
}

function acceptedAt(story: Pick<Story, 'events'> | undefined): number {
  return story?.events[0]?.at ?? Number.NEGATIVE_INFINITY
}

/** An id of any length is a key of bounded length. */
function idKey(id: string): Buffer {
  const bytes = Buffer.from(id)
  return bytes.length > 0 && bytes.length <= 200 ? bytes : createHash('sha256').update(bytes).digest()
}

/** Owners have names of one length. */
function openKey(owner: string, id: string): Buffer {
  return Buffer.concat([Buffer.from(owner), idKey(id)])
}

function rangeOf(owner: string): { readonly start: Buffer; readonly end: Buffer } {
  return { start: Buffer.from(owner), end: Buffer.concat([Buffer.from(owner), Buffer.alloc(250, 0xff)]) }
}

function timeKey(at: number, entry: Uint8Array): Buffer {
  const time = Buffer.alloc(timeBytes)
  time.writeDoubleBE(at)
  return Buffer.concat([time, entry])
}
