import { setImmediate as othersTurn } from 'node:timers/promises'
import { compareKeys, type Run, timeOf } from './run.js'
import type { RunWriter } from './run-writer.js'

/** Merges several runs into one; of equal keys, the later run's record wins. Yields to the event loop. */
export async function mergeRuns(runs: readonly Run[], to: RunWriter, options: MergeOptions): Promise<void> {
  const { recordBytes, isOver, signal } = options
  const cursors = runs.map((run) => createCursor(run, recordBytes)).filter(({ records }) => records.length > 0)
  const out = Buffer.allocUnsafeSlow(chunkRecords * recordBytes)
  let length = 0
  while (cursors.length > 0) {
    const { records, at } = lowest(cursors)
    if (!isOver(timeOf(records, at, recordBytes))) length += records.copy(out, length, at, at + recordBytes)
    stepPast(cursors, records, at)
    if (length < out.length) continue
    to.append(out)
    length = 0
    await othersTurn()
    signal.throwIfAborted()
  }
  if (length > 0) to.append(out.subarray(0, length))
}

interface MergeOptions {
  readonly recordBytes: number
  /** Whether records with this time are left out. */
  isOver(time: number): boolean
  readonly signal: AbortSignal
}

/** Advances all cursors at this key; exhausted ones are dropped. */
function stepPast(cursors: Cursor[], records: Buffer, at: number): void {
  const there = cursors.filter((cursor) => compareKeys(cursor.records, cursor.at, records, at) === 0)
  for (const cursor of there) if (!cursor.step()) cursors.splice(cursors.indexOf(cursor), 1)
}

/** A position in a run. */
interface Cursor {
  records: Buffer
  at: number
  /** Moves to the next record; false at the end. */
  step(): boolean
}

function createCursor(run: Run, recordBytes: number): Cursor {
  const chunk = Buffer.allocUnsafeSlow(chunkRecords * recordBytes)
  let from = 0
  const cursor: Cursor = {
    records: run.read(0, chunk),
    at: 0,
    step() {
      cursor.at += recordBytes
      if (cursor.at < cursor.records.length) return true
      from += cursor.records.length / recordBytes
      cursor.records = run.read(from, chunk)
      cursor.at = 0
      return cursor.records.length > 0
    },
  }
  return cursor
}

/** The last of the cursors at the same key. */
function lowest(cursors: readonly Cursor[]): Cursor {
  return cursors.reduce((one, other) => (compareKeys(other.records, other.at, one.records, one.at) <= 0 ? other : one))
}

const chunkRecords = 1_024
