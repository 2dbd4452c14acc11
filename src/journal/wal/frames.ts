import { fstatSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'

/** Lines written by one process in one write: either all of them count or none. */
export interface Frame {
  /** Its writer: 16 hex digits. */
  readonly owner: string
  /** Its number among the frames of its writer. */
  readonly sequence: number
  /** When it was written, in milliseconds since 1970. */
  readonly at: number
  /** Its start and end in the file. */
  readonly start: number
  readonly end: number
  /** Its lines. */
  text(): string
}

/** Encodes a frame: a header with the writer and a checksum, then the lines. */
export function toFrame(owner: string, sequence: number, lines: string, at = Date.now()): Buffer {
  const length = Buffer.byteLength(lines)
  const frame = Buffer.allocUnsafe(headerBytes + length)
  magic.copy(frame)
  frame.writeUInt32LE(length, 8)
  frame.writeUInt32LE(sequence, 12)
  frame.write(owner, 16, 8, 'hex')
  frame.writeDoubleLE(at, 24)
  frame.write(lines, headerBytes)
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4)
  return frame
}

/** Reads frames of a file that others may be writing to. */
export interface Frames {
  /**
   * The first complete frame from `at` on; undefined if there is none yet. Anything before a complete frame was cut short by
   * a crash, because writes are appended one after another.
   */
  next(at: number): Frame | undefined
  /** The end of this frame if it is at `at`: for its writer, which need not read it. */
  endOf(at: number, owner: string, sequence: number): number | undefined
}

/** Creates a reader of an open file. */
export function readFrames(file: number): Frames {
  let window = Buffer.alloc(0)
  let from = 0

  /** `length` bytes from `at` on, or as many as there are. */
  function bytes(at: number, length: number): Buffer {
    if (at < from || at + length > from + window.length) {
      const wanted = Buffer.allocUnsafe(Math.max(length, windowBytes))
      window = wanted.subarray(0, readSync(file, wanted, 0, wanted.length, at))
      from = at
    }
    return window.subarray(at - from, at - from + length)
  }

  function whole(at: number): Frame | undefined {
    const header = bytes(at, headerBytes)
    if (!isHeader(header)) return undefined
    const length = headerBytes + header.readUInt32LE(8)
    if (length > windowBytes && at + length > fstatSync(file).size) return undefined
    const frame = bytes(at, length)
    if (frame.length < length || crc32(frame.subarray(8)) !== frame.readUInt32LE(4)) return undefined
    return {
      owner: frame.toString('hex', 16, 24),
      sequence: frame.readUInt32LE(12),
      at: frame.readDoubleLE(24),
      start: at,
      end: at + length,
      text: () => frame.toString('utf8', headerBytes),
    }
  }

  function readAnew(at: number): Frame | undefined {
    window = window.subarray(0, 0)
    return whole(at) ?? search(at + 1)
  }

  function search(start: number): Frame | undefined {
    for (let at = start; ; ) {
      const piece = bytes(at, windowBytes)
      if (piece.length < headerBytes) return undefined
      const found = piece.indexOf(magic)
      if (found < 0) at += piece.length - magic.length + 1
      else {
        const frame = whole(at + found)
        if (frame) return frame
        at += found + 1
      }
    }
  }

  return {
    next(at) {
      const frame = whole(at)
      if (frame) return frame
      const found = readAnew(at)
      // It may have been read while it was being written. A complete frame follows it, so it must be complete now.
      return found && found.start > at ? readAnew(at) : found
    },
    endOf(at, owner, sequence) {
      const header = Buffer.allocUnsafe(headerBytes)
      const read = readSync(file, header, 0, headerBytes, at)
      if (read < headerBytes || !isHeader(header) || header.readUInt32LE(12) !== sequence) return undefined
      return header.toString('hex', 16, 24) === owner ? at + headerBytes + header.readUInt32LE(8) : undefined
    },
  }
}

function isHeader(bytes: Buffer): boolean {
  return bytes.length >= headerBytes && bytes.subarray(0, magic.length).equals(magic)
}

/** Bytes that occur in no UTF-8 text. */
const magic = Buffer.from([0xff, 0x53, 0x4c, 0xfe])
const headerBytes = 32
const windowBytes = 64 * 1024
