import type { AuditRecord } from '../journal.js'
import { toSegmentOffset } from './position.js'
import { decodeRecords } from './records.js'
import { listSegments, segmentFrames } from './segments.js'

/** Reads the record of an entry that was closed at a position; undefined if it is no longer in the log. */
export function readRecord(dir: string, closedAt: number, id: string): AuditRecord | undefined {
  const { number, at } = toSegmentOffset(closedAt)
  for (const frame of segmentFrames(dir, number, at)) {
    const found = closedIn(frame.text()).find((record) => record.id === id)
    if (found) return found
  }
  return undefined
}

/** All audit records of calls accepted since a time, newest first, both open and closed. */
export function* readHistory(dir: string, open: readonly AuditRecord[], since: number): Generator<AuditRecord> {
  let known = [...open]
  for (const { number } of listSegments(dir).toReversed()) {
    let begin = Number.POSITIVE_INFINITY
    for (const frame of segmentFrames(dir, number)) {
      begin = Math.min(begin, frame.at)
      for (const record of closedIn(frame.text())) known.push(record)
    }
    // Calls accepted before this file began follow those of the previous file.
    yield* newestFirst(known.filter((record) => acceptedAt(record) >= Math.max(begin, since)))
    if (begin <= since) return
    known = known.filter((record) => acceptedAt(record) < begin)
  }
  yield* newestFirst(known.filter((record) => acceptedAt(record) >= since))
}

function closedIn(lines: string): readonly AuditRecord[] {
  return decodeRecords(lines, 'close').map(({ text }) => JSON.parse(text) as AuditRecord)
}

function newestFirst(stories: AuditRecord[]): AuditRecord[] {
  return stories.sort((one, other) => acceptedAt(other) - acceptedAt(one))
}

function acceptedAt(record: AuditRecord): number {
  return record.events[0]?.at ?? 0
}
