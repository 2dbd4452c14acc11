import { setImmediate as othersTurn } from 'node:timers/promises'
import { compareKeys, type Run, timeOf } from './run.js'
import type { RunWriter } from './run-writer.js'

/** Writes the records of several runs into one, each key once: the later run's. Others have their turn meanwhile. */
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
  /** Whether what has this time is left out. */
  isOver(time: number): boolean
  readonly signal: AbortSignal
}

/** All that stand at a key go on to the next; whoever has none is done. */
function stepPast(cursors: Cursor[], records: Buffer, at: number): void {
  const there = cursors.filter((cursor) => compareKeys(cursor.records, cursor.at, records, at) === 0)
  for (const cursor of there) if (!cursor.step()) cursors.splice(cursors.indexOf(cursor), 1)
}

/** A place in a run. */
interface Cursor {
  records: Buffer
  at: number
  /** Goes to the next record; false where there is none. */
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

/** Of several that stand at the same key, the last. */
function lowest(cursors: readonly Cursor[]): Cursor {
  return cursors.reduce((one, other) => (compareKeys(other.records, other.at, one.records, one.at) <= 0 ? other : one))
}

const chunkRecords = 1_024
