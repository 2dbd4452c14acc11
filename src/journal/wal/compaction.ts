import { setImmediate } from 'node:timers/promises'
import { toFrame } from './frames.js'
import { toPosition, toSegmentOffset } from './position.js'
import { decodeRecords, encodeRecord } from './records.js'
import { lastWriteMs, listSegments, removeLeftovers, removeSegment, replaceSegment, segmentFrames } from './segments.js'
import type { Snapshot } from './snapshot.js'

/** Keeps the log short. */
export interface Compaction {
  /** Ends the current file after an hour, and removes everything but audit records from ended files. */
  compact(): Promise<void>
  /** Removes the audit records of calls closed before `end`. */
  expire(end: number): Promise<void>
}

/** Creates the compaction of a log that is writing to the file `current`. */
export function createCompaction(deps: CompactionDeps): Compaction {
  const { dir, owner, snapshot, current, rotate, segmentMs = 3_600_000, restMs = 60_000 } = deps
  const ended = () => listSegments(dir).filter(({ number }) => number < current())

  return {
    async compact() {
      const [first] = segmentFrames(dir, current())
      if (first && first.at < Date.now() - segmentMs) rotate()
      for (const file of ended()) {
        const isSaved = file.number < toSegmentOffset(snapshot.position()).number
        // Writers have read it by then; a process that was frozen starts again from the snapshot.
        const isRead = lastWriteMs(dir, file) < Date.now() - restMs
        if (!file.done && isSaved && isRead) await replaceSegment(dir, file.number, owner, recordsIn(dir, file.number))
      }
    },
    async expire(end) {
      removeLeftovers(dir, Date.now() - leftoverMs)
      for (const file of ended()) {
        if (!file.done || lastWriteMs(dir, file) >= end) return
        await snapshot.forget(toPosition(file.number + 1, 0))
        removeSegment(dir, file.number)
      }
    },
  }
}

interface CompactionDeps {
  readonly dir: string
  readonly owner: string
  readonly snapshot: Pick<Snapshot, 'position' | 'forget'>
  current(): number
  rotate(): void
  /** How long one file is written to at most. */
  readonly segmentMs?: number | undefined
  /** How long an ended file stays unchanged. */
  readonly restMs?: number | undefined
}

/** The frames of a file, reduced to audit records. Yields to the event loop between them. */
async function* recordsIn(dir: string, number: number): AsyncGenerator<Buffer> {
  for (const frame of segmentFrames(dir, number)) {
    const lines = decodeRecords(frame.text(), 'close')
    if (lines.length > 0) yield toFrame(frame.owner, frame.sequence, lines.map(encodeRecord).join('\n'), frame.at)
    await setImmediate()
  }
}

const leftoverMs = 600_000
