import { UnavailableError } from '../../model/errors.js'
import { coalesced } from '../../shared/coalesce.js'
import type { LmdbEnvironment } from '../../stores/lmdb-environment.js'
import { openCallIndex } from './index/call-index.js'
import { idKey } from './index/id-key.js'
import { openReplayTokenIndex } from './index/replay-token-index.js'
import type { Baseline, Changes, EntryPositions, LogState, OpenEntry, SeenToken } from './state.js'

/** The state of the log up to a position, in the embedded store, so that the log need not be read from its start. */
export interface Snapshot extends Baseline {
  position(): number
  /** The open entries at that position. */
  entries(): readonly OpenEntry[]
  /**
   * Saves changes up to the current position of `state` once they are on disk, because what the snapshot has is never looked
   * up in the log. Does nothing if another process has saved as much.
   */
  save(state: LogState, position: number, onDisk: Promise<void>): Promise<void>
  /** Moves excess rows from the memory-mapped store into files. */
  spill(): Promise<void>
  /** Removes calls closed before a position. */
  forget(position: number): Promise<void>
  /** Deletes expired rows. */
  sweep(): Promise<void>
  /** Whether files of it are missing or damaged. */
  isIncomplete(): boolean
  /** Adds what the log has and the snapshot lacks. */
  add(calls: ReadonlyMap<string, EntryPositions>, replayTokens: ReadonlyMap<string, SeenToken>): Promise<void>
  /** Stops using the missing files. */
  dropLost(): Promise<void>
  /** Resolves when no operation is in progress, so that the store can be closed. */
  close(): Promise<void>
}

/** Opens it in the store. Up to a number of rows of each kind stay in tables; the rest is in index files. */
export function findSnapshot(embedded: LmdbEnvironment, mostRows?: number): Snapshot {
  const calls = openCallIndex(embedded, mostRows)
  const replayTokens = openReplayTokenIndex(embedded, mostRows)
  const entries = embedded.table('open')
  const marks = embedded.table('marks')
  /** The `entries` that this process knows of: all, as long as only it saves. */
  const saved = new Set<string>()
  let savedTo = Number.NaN

  const position = () => Number(marks.get(positionKey) ?? 0)

  function write(changes: Changes, open: ReadonlyMap<string, string>, to: number): void {
    const before = position()
    if (before >= to) return
    const alone = before === savedTo
    for (const [id, places] of changes.calls) calls.put(id, places)
    for (const [key, seen] of changes.replayTokens) replayTokens.put(key, seen)
    for (const id of changes.entries) {
      const text = open.get(id)
      if (text !== undefined) entries.put(idKey(id), text)
      else if (saved.has(id) || !alone) entries.remove(idKey(id))
    }
    marks.put(positionKey, String(to))
  }

  const underWay = new Set<Promise<void>>()
  let closed = false

  const spill = coalesced(async () => {
    await calls.spill(saved.size)
    await replayTokens.spill()
  })

  async function sweep(): Promise<void> {
    while (!closed && (await replayTokens.sweep()));
    await calls.tidy()
    await replayTokens.tidy()
  }

  /** Operations that have begun finish before the store is closed, or have no effect. */
  function begin(task: () => Promise<void>): Promise<void> {
    if (closed) return Promise.reject(new UnavailableError('The store is closed.', 2))
    const running = task().finally(() => underWay.delete(running))
    underWay.add(running)
    return running
  }

  return {
    position,
    entries() {
      const found = [...entries.getRange()].map(({ value }) => JSON.parse(value) as OpenEntry)
      for (const { id } of found) saved.add(id)
      return found
    },
    find: calls.find,
    findReplayToken: replayTokens.find,
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
    spill: () => begin(spill),
    forget: calls.forget,
    sweep: () => begin(sweep),
    isIncomplete: () => [calls, replayTokens].some((index) => index.isIncomplete()),
    async add(callsInLog, tokensInLog) {
      await embedded.writeReserved(
        () => {
          for (const [id, positions] of callsInLog) if (!calls.find(id)) calls.put(id, positions)
          for (const [key, seen] of tokensInLog) if (!replayTokens.find({ key, ...seen })) replayTokens.put(key, seen)
        },
        64 * callsInLog.size + 256 * tokensInLog.size,
      )
      await begin(spill)
    },
    async dropLost() {
      await calls.dropLost()
      await replayTokens.dropLost()
    },
    async close() {
      closed = true
      calls.close()
      replayTokens.close()
      await Promise.allSettled(underWay)
    },
  }
}

/** The current open entries, which may be further along than the saved position. */
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

const positionKey = Buffer.from('position')
