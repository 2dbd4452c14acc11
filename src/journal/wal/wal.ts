import { closeSync, fdatasync as fdatasyncThen, fstatSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { coalesced } from '../../shared/coalesce.js'
import { isStillAt } from '../../shared/files.js'
import { type Frame, type Frames, readFrames, toFrame } from './frames.js'
import { toPosition, toSegmentOffset } from './position.js'
import { listSegments, openSegment, type Segment, segmentPath } from './segments.js'

/**
 * The write-ahead log of all processes that have a directory open: files that follow one another, each written at its
 * end. The system puts what several write one behind the other, and each reads what the others wrote before it: so all of
 * them see everything in one order.
 */
export interface Wal {
  /**
   * Writes lines and gives their position. What others wrote before has been handed over by then. They outlive the process
   * at once, and the machine once `sync` resolves. Throws what the system says when they cannot be written: then they do
   * not count.
   */
  write(lines: string): number
  /** Resolves when all that was written or handed over by now is on disk. What is asked for meanwhile is done together. */
  sync(): Promise<void>
  /** Hands over what others have written by now. */
  catchUp(): void
  /** All before it was written here or has been handed over. */
  position(): number
  /** The path of the file that is written to, where it is not there any more. */
  findMissing(): string | undefined
  /** Lets what comes from now on stand in a new file, if that is possible now. */
  rotate(): void
  close(): void
}

/** Opens the log in `dir` from a position on. */
export function openWal({ dir, owner, from, onFrame, onGap, fileLimit = 16 * 1024 ** 2 }: WalDeps): Wal {
  let number: number
  let at: number
  let file: number
  let frames: Frames
  let sequence = 0
  /** Previous segments that still need an fsync. */
  const ended: number[] = []
  let closed = false

  function begin(from: number): void {
    const place = toSegmentOffset(from)
    const there = listSegments(dir).find((one) => !one.done && one.number >= place.number)
    openAt(there?.number ?? place.number + 1, there?.number === place.number ? place.at : 0)
  }

  function openAt(given: number, from: number): void {
    number = given
    file = openSegment(dir, number)
    at = Math.min(from, fstatSync(file).size)
    frames = readFrames(file)
  }

  /** In the next file; in the snapshot where that is done already, because this process had been frozen for long. */
  function goOn(): void {
    ended.push(file)
    const next = nextFile()
    if (next && (next.done || next.number > number + 1)) begin(onGap())
    else openAt(number + 1, 0)
  }

  function nextFile(): Segment | undefined {
    return listSegments(dir).find((one) => one.number > number)
  }

  const sync = coalesced(async () => {
    const before = ended.length
    await Promise.all([...ended, file].map((one) => fdatasync(one)))
    for (const one of ended.splice(0, before)) closeSync(one)
  })

  function append(lines: string): void {
    const bytes = toFrame(owner, ++sequence, lines)
    if (writeSync(file, bytes) < bytes.length) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  }

  /** Reads past what was just written. Gives its position; undefined where the file had ended before it. */
  function findOwn(): number | undefined {
    for (;;) {
      const start = at
      const end = frames.endOf(start, owner, sequence)
      if (end !== undefined) {
        at = end
        return toPosition(number, start)
      }
      const frame = readOn()
      if (frame.owner === owner && frame.sequence === sequence) return toPosition(number, frame.start)
      if (take(frame)) return undefined
    }
  }

  function readOn(): Frame {
    const frame = frames.next(at)
    if (!frame) throw new Error('what was written to the log is not there')
    at = frame.end
    return frame
  }

  /** Whether the file ends with it: an empty frame is the last that counts. */
  function take(frame: Frame): boolean {
    const isLast = frame.text() === ''
    if (isLast) goOn()
    else onFrame(frame, toPosition(number, frame.start))
    return isLast
  }

  /** Where the disk has no room for it, it is done later. */
  function rotate(): void {
    try {
      append('')
    } catch {
      return
    }
    while (!take(readOn()));
  }

  begin(from)

  function catchUp(): void {
    for (;;) {
      const frame = frames.next(at)
      if (frame) {
        at = frame.end
        take(frame)
      } else if (nextFile()) goOn()
      else return
    }
  }

  return {
    write(lines) {
      for (;;) {
        append(lines)
        const position = findOwn()
        if (position === undefined) continue
        if (at >= fileLimit) rotate()
        return position
      }
    },
    sync,
    catchUp,
    findMissing() {
      catchUp() // a file that others ended may be replaced by now
      const path = segmentPath(dir, number)
      return isStillAt(path, fstatSync(file)) ? undefined : path
    },
    position: () => toPosition(number, at),
    rotate,
    close() {
      if (closed) return
      closed = true
      for (const one of [...ended, file]) closeSync(one)
    },
  }
}

const fdatasync = promisify(fdatasyncThen)

interface WalDeps {
  readonly dir: string
  /** The writer: 16 hex digits, unique to it. */
  readonly owner: string
  readonly from: number
  /** Is given what others wrote, and what stands there at first. */
  onFrame(frame: Frame, position: number): void
  /** Says from which position on to read where files in between are no longer there. */
  onGap(): number
  /** Bytes after which the next file begins. */
  readonly fileLimit?: number
}
