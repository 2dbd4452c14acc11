import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { ConfigError } from '../model/errors.js'
import { messageOf } from '../shared/error-details.js'
import { ifThere } from '../shared/files.js'

/**
 * Throws ConfigError when the file at `path` is damaged or cut short: LMDB itself would crash the process.
 * The first two pages say how long the file must be: http://www.lmdb.tech/doc/group__internal.html
 */
export function checkLmdbFile(path: string): void {
  const file = openIfThere(path)
  if (file === undefined) return
  try {
    const { size } = fstatSync(file)
    const first = readMeta(file, 0)
    const pageSize = first?.pageSize ?? 4_096
    const newest = [first, readMeta(file, pageSize)].reduce((one, other) => (isNewer(one, other) ? one : other))
    if (size > 0 && (!newest || size + toleratedBytes < (newest.lastPage + 1) * pageSize)) {
      throw new ConfigError(
        `STORE_URL: ${path} is damaged, or is not a store of Slashroom. Restore it from a copy, or move it away.`,
      )
    }
  } finally {
    closeSync(file)
  }
}

interface Meta {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: bigint
}

/** Pages freed by the transaction that allocated them are counted, though they may never have been written. */
const toleratedBytes = 1_048_576

function openIfThere(path: string): number | undefined {
  try {
    return ifThere(() => openSync(path, 'r+'))
  } catch (error) {
    throw new ConfigError(`STORE_URL: the store's file cannot be opened: ${messageOf(error)}`, { cause: error })
  }
}

function readMeta(file: number, at: number): Meta | undefined {
  const page = Buffer.alloc(160)
  if (readSync(file, page, 0, page.length, at) < page.length) return undefined
  if (endianness() === 'BE') return { pageSize: 4_096, lastPage: 0, transaction: 0n }
  const pageSize = page.readUInt32LE(48)
  if (page.readUInt32LE(24) !== 0xbeefc0de || pageSize < 512 || pageSize > 65_536) return undefined
  return { pageSize, lastPage: Number(page.readBigUInt64LE(144)), transaction: page.readBigUInt64LE(152) }
}

function isNewer(one: Meta | undefined, other: Meta | undefined): boolean {
  return (one?.transaction ?? -1n) >= (other?.transaction ?? -1n)
}
