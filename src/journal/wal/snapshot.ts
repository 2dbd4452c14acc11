import { hash } from 'node:crypto'
import type { ReplayToken } from '../../model/replay-protection.js'
import { expiryKey } from '../../shared/expiry-key.js'
import type { LmdbEnvironment } from '../../stores/lmdb-environment.js'
import type { Baseline, Changes, EntryPositions, LogState, OpenEntry } from './state.js'

/** What the log said up to a position, in the embedded store, so that it need not be read from its beginning. */
export interface Snapshot extends Baseline {
  position(): number
  /** What was open there. */
  entries(): readonly OpenEntry[]
  /**
   * Saves what changed up to the position where `state` is now, once all of that is on disk: what the snapshot knows is
   * never looked for in the log. Nothing is done where another process has saved as much before.
   */
  save(state: LogState, position: number, onDisk: Promise<void>): Promise<void>
  /** Lets go of those that were closed before a position. */
  forget(ids: readonly string[], position: number): Promise<void>
  /** Deletes some of the expired replay tokens; says whether there may be more. */
  sweep(): Promise<boolean>
}

/** Finds it in the store. */
export function findSnapshot(embedded: LmdbEnvironment): Snapshot {
  const calls = embedded.table('calls')
  const replayTokens = embedded.table('shown')
  const entries = embedded.table('open')
  const marks = embedded.table('marks')
  /** Those of `entries` that this process knows of: all, as long as only it saves. */
  const saved = new Set<string>()
  let savedTo = Number.NaN

  const position = () => Number(marks.get(positionKey) ?? 0)

  function write(changes: Changes, open: ReadonlyMap<string, string>, to: number): void {
    const before = position()
    if (before >= to) return
    const alone = before === savedTo
    for (const [id, places] of changes.calls) calls.put(idKey(id), placesText(places))
    for (const [key, { body, until, position }] of changes.replayTokens) {
      replayTokens.put(replayTokenKey({ key, until }), `${position} ${body}`)
    }
    for (const id of changes.entries) {
      const text = open.get(id)
      if (text !== undefined) entries.put(idKey(id), text)
      else if (saved.has(id) || !alone) entries.remove(idKey(id))
    }
    marks.put(positionKey, String(to))
  }

  return {
    position,
    entries() {
      const found = [...entries.getRange()].map(({ value }) => JSON.parse(value) as OpenEntry)
      for (const { id } of found) saved.add(id)
      return found
    },
    find: (id) => placesOf(calls.get(idKey(id))),
    findReplayToken(replayToken) {
      const text = replayTokens.get(replayTokenKey(replayToken))
      if (text === undefined) return undefined
      const end = text.indexOf(' ')
      return { body: text.slice(end + 1), until: replayToken.until, position: Number(text.slice(0, end)) }
    },
    async save(state, to, onDisk) {
      const changes = state.beginFlush()
      const open = textsOf(changes, state)
      try {
        await onDisk
        await embedded.writeReserved(() => write(changes, open, to), sizeOf(changes, open))
      } catch (error) {
        state.endFlush(false)
        throw error
      }
      for (const id of changes.entries) {
        if (open.has(id)) saved.add(id)
        else saved.delete(id)
      }
      savedTo = to
      state.endFlush(true)
    },
    async forget(ids, position) {
      await embedded.writeReserved(() => {
        for (const key of ids.map(idKey)) {
          const { closed = position } = placesOf(calls.get(key)) ?? {}
          if (closed < position) calls.remove(key)
        }
      }, 65_536)
    },
    sweep() {
      return embedded.writeReserved(() => {
        const due = [...replayTokens.getKeys({ end: expiryKey(Date.now() - spareMs), limit: sweepLimit })]
        for (const key of due.map((key) => Buffer.from(key))) replayTokens.remove(key) // LMDB's own memory changes meanwhile
        return due.length === sweepLimit
      }, 65_536)
    },
  }
}

/** What is open as it is now: by the time of writing it may have come further than the position that is saved. */
function textsOf({ entries }: Changes, { open }: LogState): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const id of entries) {
    const entry = open.get(id)
    if (entry) texts.set(id, JSON.stringify(entry))
  }
  return texts
}

function sizeOf({ calls, replayTokens }: Changes, open: ReadonlyMap<string, string>): number {
  return [...open.values()].reduce((sum, text) => sum + text.length, 64 * calls.size + 256 * replayTokens.size)
}

function placesText({ accepted, closed }: EntryPositions): string {
  return closed === undefined ? String(accepted) : `${accepted}+${closed - accepted}`
}

function placesOf(text: string | undefined): EntryPositions | undefined {
  if (text === undefined) return undefined
  const [accepted = '', length] = text.split('+')
  return { accepted: Number(accepted), closed: length === undefined ? undefined : Number(accepted) + Number(length) }
}

/** Short, whatever the id: millions of them may have to be found. */
function idKey(id: string): Buffer {
  return hash('sha256', id, 'buffer').subarray(0, 12)
}

/** What runs out first stands first: it is found without a search, and what is new is written at the end. */
function replayTokenKey({ key, until }: Pick<ReplayToken, 'key' | 'until'>): Buffer {
  return expiryKey(until, idKey(key))
}

const positionKey = Buffer.from('position')
/** A request that came in time may wait for the store until it no longer is. */
const spareMs = 60_000
const sweepLimit = 500
