import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { ifThere } from '../../../shared/files.js'
import { createFilter } from './filter.js'
import { keyBytes } from './id-key.js'
import { decodeFooter, footerBytes } from './run-footer.js'

/** Records sorted by key in an immutable file. Only a filter is in memory. */
export interface Run {
  readonly count: number
  /** The record of a key; undefined if there is none. */
  find(key: Buffer): Buffer | undefined
  /** Up to this many records from an index on. The next read into `into` overwrites them. */
  read(from: number, into: Buffer): Buffer
  close(): void
}

/** Opens a run; undefined if the file is missing or damaged. */
export function openRun(path: string, recordBytes: number): Run | undefined {
  const file = ifThere(() => openSync(path, constants.O_RDONLY))
  const run = file === undefined ? undefined : runIn(file, recordBytes)
  if (file !== undefined && !run) closeSync(file)
  return run
}

function runIn(file: number, recordBytes: number): Run | undefined {
  const { size } = fstatSync(file)
  const footer = decodeFooter(readAt(file, Buffer.alloc(footerBytes), size - footerBytes), size)
  if (footer?.recordBytes !== recordBytes) return undefined
  const { count, filterSum } = footer
  const bytes = readAt(file, Buffer.allocUnsafeSlow(footer.filterBytes), count * recordBytes)
  if (crc32(bytes) !== filterSum) return undefined
  const filter = createFilter(bytes)
  let closed = false
  const window = Buffer.allocUnsafeSlow(windowRecords * recordBytes)
  const read = (from: number, into: Buffer): Buffer => {
    const wanted = Math.min(into.length, (count - from) * recordBytes)
    return readAt(file, into.subarray(0, wanted), from * recordBytes)
  }

  return {
    count,
    read,
    find(key) {
      if (!filter.mayHave(key)) return undefined
      let [low, high] = [0, count]
      let guess = shareOf(key) * count
      while (low < high) {
        const from = Math.max(low, Math.min(Math.floor(guess) - windowRecords / 2, high - windowRecords))
        const records = read(from, window)
        const length = records.length / recordBytes
        if (length === 0) return undefined
        if (compareKeys(key, 0, records, 0) < 0) high = from
        else if (compareKeys(key, 0, records, (length - 1) * recordBytes) > 0) low = from + length
        else return findIn(records, recordBytes, key)
        guess = from + (shareOf(key) - shareOf(records)) * count // keys are evenly distributed
      }
      return undefined
    },
    close() {
      if (!closed) closeSync(file)
      closed = true
    },
  }
}

/** The time of a record: its last eight bytes. */
export function timeOf(records: Buffer, at: number, recordBytes: number): number {
  return records.readDoubleBE(at + recordBytes - 8)
}

/** Compares two keys at these offsets. */
export function compareKeys(one: Buffer, at: number, other: Buffer, otherAt: number): number {
  for (let word = 0; word < keyBytes; word += 4) {
    const difference = one.readUInt32BE(at + word) - other.readUInt32BE(otherAt + word)
    if (difference !== 0) return difference
  }
  return 0
}

function findIn(records: Buffer, recordBytes: number, key: Buffer): Buffer | undefined {
  let [low, high] = [0, records.length / recordBytes - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compareKeys(key, 0, records, middle * recordBytes)
    if (order === 0) return Buffer.from(records.subarray(middle * recordBytes, (middle + 1) * recordBytes))
    if (order < 0) high = middle - 1
    else low = middle + 1
  }
  return undefined
}

/** The position of a key between the lowest and the highest possible one. */
function shareOf(key: Buffer): number {
  return key.readUInt32BE(0) / 2 ** 32
}

function readAt(file: number, into: Buffer, at: number): Buffer {
  return at < 0 ? into.subarray(0, 0) : into.subarray(0, readSync(file, into, 0, into.length, at))
}

const windowRecords = 128
