import { close as closeThen, constants, fdatasync as fdatasyncThen, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { openPrivate, syncDirectory } from '../../../shared/files.js'
import { createFilter, filterBytes } from './filter.js'
import { timeOf } from './run.js'
import { encodeFooter } from './run-footer.js'

/** Writes a run: records sorted by key, then a filter of their keys, then a footer that marks it as complete. */
export interface RunWriter {
  /** Records that sort after all previous ones. */
  append(records: Buffer): void
  /** Resolves when it is on disk, with the number of records and their latest time. */
  finish(): Promise<RunSummary>
  /** Deletes the file. */
  discard(): Promise<void>
}

export interface RunSummary {
  readonly count: number
  readonly latest: number
}

/** Creates a run of at most this many records of this size: a key, a value, and a time. */
export function createRunWriter(path: string, recordBytes: number, capacity: number): RunWriter {
  const file = openPrivate(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  const filter = createFilter(Buffer.alloc(filterBytes(capacity)))
  let count = 0
  let latest = 0

  function write(bytes: Buffer): void {
    if (writeSync(file, bytes) < bytes.length) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  }

  return {
    append(records) {
      for (let at = 0; at < records.length; at += recordBytes) {
        filter.add(records, at)
        latest = Math.max(latest, timeOf(records, at, recordBytes))
      }
      count += records.length / recordBytes
      write(records)
    },
    async finish() {
      write(filter.bytes)
      write(encodeFooter({ count, recordBytes, filterBytes: filter.bytes.length, filterSum: crc32(filter.bytes) }))
      await fdatasync(file)
      await close(file)
      syncDirectory(dirname(path))
      return { count, latest }
    },
    async discard() {
      await close(file)
      rmSync(path, { force: true })
    },
  }
}

const fdatasync = promisify(fdatasyncThen)
const close = promisify(closeThen)
