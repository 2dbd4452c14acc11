import { closeSync, fdatasync as fdatasyncThen, fstatSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { coalesced } from '../../shared/coalesce.js'
import { isStillAt } from '../../shared/files.js'
import { type Frame, type Frames, readFrames, toFrame } from './frames.js'
import { toPosition, toSegmentOffset } from './position.js'
import { listSegments, openSegment, type Segment, segmentPath } from './segments.js'

/**
 * The write-ahead log of all processes that have a directory open: a sequence of append-only files. The operating system
 * orders concurrent appends, and each process reads what others wrote before its own line, so all of them see the same
 * order.
 */
export interface Wal {
  /**
   * Appends lines and returns their position, after reporting everything that others wrote before. The lines survive this
   * process immediately, and the machine once `sync` resolves. If the write fails, it throws the system's error and the lines
   * do not count.
   */
  write(lines: string): number
  /** Resolves when everything written or reported so far is on disk. Concurrent calls share one sync. */
  sync(): Promise<void>
  /** Reports what others have written so far. */
  catchUp(): void
  /** Everything before this position was written here or reported. */
  position(): number
  /** The path of the current file if it is missing. */
  findMissing(): string | undefined
  /** Starts a new file, if that is possible now. */
  rotate(): void
  close(): void
}

/** Opens the log in `dir` at a position. */
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

  /** Continues in the next file, or from the snapshot if this process was frozen for too long. */
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

  /** Reads past the lines just written. Returns their position; undefined if the file had ended before them. */
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
    if (!frame) throw new Error('lines just written to the log are missing')
    at = frame.end
    return frame
  }

  /** Whether the file ends here: an empty frame marks the end. */
  function take(frame: Frame): boolean {
    const isLast = frame.text() === ''
    if (isLast) goOn()
    else onFrame(frame, toPosition(number, frame.start))
    return isLast
  }

  /** If the disk is full, this is done later. */
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
      catchUp() // files that others ended may be compacted by now
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
  /** Called with what others wrote, and with the existing contents at first. */
  onFrame(frame: Frame, position: number): void
  /** Returns the position to continue from if files in between are gone. */
  onGap(): number
  /** The size after which the next file begins. */
  readonly fileLimit?: number
}
