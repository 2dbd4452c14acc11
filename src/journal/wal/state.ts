import { assertNotReplayed, type ReplayToken } from '../../model/replay-protection.js'
import { RecordMap } from '../../shared/gc-friendly-collections.js'
import { type EntryState, reclaimed } from '../entry.js'
import { encodeState, type LogRecord } from './records.js'

/** An open entry according to the log. */
export interface OpenEntry {
  readonly id: string
  /** Where it was accepted. */
  readonly position: number
  /** Its progress when it was accepted, and later states; JSON. */
  readonly accepted: string
  readonly kept?: string | undefined
  readonly owner: string
  /** The ownership epoch: how many processes owned it before. */
  readonly turn: number
}

/** Where in the log an entry was accepted, and closed if it is. */
export interface EntryPositions {
  readonly accepted: number
  readonly closed?: number | undefined
}

/** The state before the part of the log that is in memory. */
export interface Baseline {
  find(id: string): EntryPositions | undefined
  findReplayToken(replayToken: ReplayToken): SeenToken | undefined
}

export interface SeenToken {
  readonly body: string
  readonly until: number
  readonly position: number
}

/** The result of a line: the entry was `known` already, the token `replayed`, or the entry `lost` to another owner. */
export type AppendResult = 'done' | 'known' | 'replayed' | 'lost'

/** The state of the log: the same for every process at the same position, however much of it is in `past`. */
export interface LogState {
  readonly open: Pick<RecordMap<OpenEntry>, 'get' | 'has' | 'values' | 'size'>
  apply(owner: string, line: LogRecord, position: number): AppendResult
  find(id: string): EntryPositions | undefined
  findReplayToken(replayToken: ReplayToken): SeenToken | undefined
  /** Returns the changes since the last snapshot and starts a new set; `endFlush` reports whether they were saved. */
  beginFlush(): Changes
  endFlush(saved: boolean): void
  /** How many changes are not in the past yet. */
  unsaved(): number
  /** Starts again from the past and its open entries. */
  restart(entries: readonly OpenEntry[]): void
}

/** Changes by subject: entries by id, replay tokens by key. */
export interface Changes {
  readonly calls: Map<string, EntryPositions>
  readonly replayTokens: Map<string, SeenToken>
  /** Entries that were accepted, changed, taken over or closed. */
  readonly entries: Set<string>
}

/** Creates the state, given the open entries at its start. */
export function createLogState(past: Baseline, entries: readonly OpenEntry[]): LogState {
  const open = new RecordMap<OpenEntry>()
  let unshown = new Set<string>()
  let fresh = noChanges()
  let older = noChanges()

  function find(id: string): EntryPositions | undefined {
    return fresh.calls.get(id) ?? older.calls.get(id) ?? past.find(id)
  }

  /** The snapshot is queried once per token: between flushes it gains no token that this state has not seen. */
  function findReplayToken(replayToken: ReplayToken): SeenToken | undefined {
    const found = fresh.replayTokens.get(replayToken.key) ?? older.replayTokens.get(replayToken.key)
    if (found || unshown.has(replayToken.key)) return found
    const shown = past.findReplayToken(replayToken)
    if (!shown && unshown.size < mostUnshown) unshown.add(replayToken.key)
    return shown
  }

  /** The past may be ahead of this position, because another process saved it. */
  function isKnown(id: string, position: number): boolean {
    if (fresh.calls.has(id) || older.calls.has(id)) return true
    const places = past.find(id)
    return places !== undefined && places.accepted < position
  }

  function show(replayToken: ReplayToken, isNew: boolean, position: number): boolean {
    const found = findReplayToken(replayToken)
    const known = found && (found.position < position || fresh.replayTokens.has(replayToken.key)) ? found : undefined
    try {
      assertNotReplayed(replayToken, known?.body, isNew)
    } catch {
      return false
    }
    if (!known) fresh.replayTokens.set(replayToken.key, { body: replayToken.body, until: replayToken.until, position })
    return true
  }

  function accept(owner: string, { id, text, replayToken }: LogRecord, position: number): AppendResult {
    const known = isKnown(id, position)
    if (replayToken && !show(replayToken, !known, position)) return 'replayed'
    if (known) return 'known'
    fresh.calls.set(id, { accepted: position })
    change({ id, position, accepted: text, kept: undefined, owner, turn: 0 })
    return 'done'
  }

  function change(entry: OpenEntry): void {
    open.set(entry.id, entry)
    fresh.entries.add(entry.id)
  }

  function follow(owner: string, entry: OpenEntry, { kind, text }: LogRecord, position: number): void {
    const { id, accepted, turn } = entry
    if (kind === 'keep') change({ id, position: entry.position, accepted, kept: text, owner, turn })
    else if (kind === 'release') change({ ...entry, kept: text, owner: unowned, turn: turn + 1 })
    else if (kind === 'take') change({ ...entry, kept: withTaken(entry, Number(text)), owner, turn: turn + 1 })
    else if (kind === 'close') {
      open.delete(id)
      fresh.entries.add(id)
      fresh.calls.set(id, { accepted: entry.position, closed: position })
    }
  }

  function restart(entries: readonly OpenEntry[]): void {
    open.clear()
    for (const entry of entries) open.set(entry.id, entry)
    fresh = noChanges()
    older = noChanges()
    unshown = new Set()
  }

  restart(entries)

  return {
    open,
    apply(owner, line, position) {
      if (line.kind === 'accept') return accept(owner, line, position)
      if (line.kind === 'witness')
        return line.replayToken && show(line.replayToken, false, position) ? 'done' : 'replayed'
      const entry = open.get(line.id)
      if (!entry || entry.turn !== line.turn || (entry.owner !== owner && line.kind !== 'take')) return 'lost'
      follow(owner, entry, line, position)
      return 'done'
    },
    find,
    findReplayToken,
    beginFlush() {
      older = fresh
      fresh = noChanges()
      return older
    },
    endFlush(saved) {
      unshown = new Set()
      if (!saved) {
        fresh = {
          calls: new Map([...older.calls, ...fresh.calls]),
          replayTokens: new Map([...older.replayTokens, ...fresh.replayTokens]),
          entries: new Set([...older.entries, ...fresh.entries]),
        }
      }
      older = noChanges()
    },
    unsaved: () => fresh.calls.size + fresh.replayTokens.size + fresh.entries.size,
    restart,
  }
}

/** Bounds their growth while nothing can be written. */
const mostUnshown = 10_000

/** Owner of released entries. */
export const unowned = '0'.repeat(16)

/** The progress of an open entry. */
export function entryStateOf({ accepted, kept }: OpenEntry): EntryState {
  return { ...(JSON.parse(accepted) as EntryState), ...(kept === undefined ? {} : (JSON.parse(kept) as EntryState)) }
}

function withTaken(entry: OpenEntry, at: number): string {
  const state = entryStateOf(entry)
  reclaimed(state, at)
  return encodeState(state)
}

function noChanges(): Changes {
  return { calls: new Map(), replayTokens: new Map(), entries: new Set() }
}
