import { closeSync, fdatasyncSync, fdatasync as fdatasyncThen, fstatSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { hasFile, listFiles, openFile, placeOf, positionOf } from './files.js'
import { type Frame, readFrames, toFrame } from './frames.js'
import { grouped } from './grouped.js'

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
  /** Lets what comes from now on stand in a new file, if that is possible now. */
  turnPage(): void
  close(): void
}

/** Opens the log in `dir` from a position on. */
export function openWal({ dir, owner, from, onFrame, fileLimit = 64 * 1024 ** 2 }: WalParts): Wal {
  const place = placeOf(from)
  const oldest = listFiles(dir).find((number) => number >= place.number)
  let number = oldest ?? Math.max(place.number + 1, 1)
  let file = openFile(dir, number)
  let at = number === place.number ? Math.min(place.at, fstatSync(file).size) : 0
  let frames = readFrames(file)
  let sequence = 0
  let syncing = false
  const ended: number[] = []
  let closed = false

  function goOn(): void {
    fdatasyncSync(file)
    ended.push(file)
    if (!syncing) closeEnded()
    at = 0
    file = openFile(dir, ++number)
    frames = readFrames(file)
  }

  /** Never while it is synced: another file would get its number. */
  function closeEnded(): void {
    for (const one of ended.splice(0)) closeSync(one)
  }

  const sync = grouped(async () => {
    syncing = true
    try {
      await fdatasync(file)
    } finally {
      syncing = false
      closeEnded()
    }
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
        return positionOf(number, start)
      }
      const frame = readOn()
      if (frame.owner === owner && frame.sequence === sequence) return positionOf(number, frame.start)
      if (take(frame)) return undefined
    }
  }

  function readOn(): Frame {
    const frame = frames.next(at)
    if (!frame) throw new Error('what was written to the log is not there')
    at = frame.end
    return frame
  }

  /** Says whether the file ends with it: an empty frame is the last that counts. */
  function take(frame: Frame): boolean {
    const isLast = frame.text() === ''
    if (isLast) goOn()
    else onFrame(frame, positionOf(number, frame.start))
    return isLast
  }

  /** Where the disk has no room for it, it is done later. */
  function turnPage(): void {
    try {
      append('')
    } catch {
      return
    }
    while (!take(readOn()));
  }

  return {
    write(lines) {
      for (;;) {
        append(lines)
        const position = findOwn()
        if (position === undefined) continue
        if (at >= fileLimit) turnPage()
        return position
      }
    },
    sync,
    catchUp() {
      for (;;) {
        const frame = frames.next(at)
        if (frame) {
          at = frame.end
          take(frame)
        } else if (hasFile(dir, number + 1)) goOn()
        else return
      }
    },
    position: () => positionOf(number, at),
    turnPage,
    close() {
      if (closed) return
      closed = true
      closeSync(file)
    },
  }
}

const fdatasync = promisify(fdatasyncThen)

interface WalParts {
  readonly dir: string
  /** Who writes: 16 hex digits that nobody else has. */
  readonly owner: string
  readonly from: number
  /** Is given what others wrote, and what stands there at first. */
  onFrame(frame: Frame, position: number): void
  /** Bytes after which the next file begins. */
  readonly fileLimit?: number
}
