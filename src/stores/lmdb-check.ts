import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { ConfigError } from '../model/errors.js'
import { messageOf } from '../shared/error-details.js'
import { ifThere } from '../shared/files.js'
import { findTreeFault, readTree, type TreeRoots } from './lmdb-check-trees.js'

/**
 * Throws ConfigError if the file at `path` is damaged or cut short, because LMDB would crash the process. The first two
 * pages have the file's size and its trees; see `findTreeFault` for the rest.
 */
export function checkLmdbFile(path: string): void {
  const file = openIfThere(path)
  if (file === undefined) return
  try {
    if (fstatSync(file).size === 0) return
    let before: bigint | undefined
    for (let attempt = 0; attempt < 5; attempt++) {
      const meta = newestMeta(file)
      const fault = meta ? faultOf(file, meta) : 'its first pages make no sense'
      if (!fault) return
      // A concurrent writer reuses pages that it freed, so check a second time.
      if (attempt > 0 && before === meta?.transaction) throw damaged(path, fault)
      before = meta?.transaction
    }
  } finally {
    closeSync(file)
  }
}

function damaged(path: string, fault: string): ConfigError {
  return new ConfigError(
    `STORE_URL: ${path} is damaged, or is not a Slashroom store (${fault}). Restore it from a backup, or move the folder away and install the bot again.`,
  )
}

function faultOf(file: number, meta: Meta): string | undefined {
  const { size } = fstatSync(file)
  if (size + toleratedBytes < (meta.lastPage + 1) * meta.pageSize) return 'it is too short'
  return endianness() === 'BE' ? undefined : findTreeFault(file, meta)
}

function newestMeta(file: number): Meta | undefined {
  const first = readMeta(file, 0)
  return [first, readMeta(file, first?.pageSize ?? 4_096)].reduce((one, other) => (isNewer(one, other) ? one : other))
}

interface Meta extends TreeRoots {
  readonly transaction: bigint
}

/** Includes pages freed by the transaction that allocated them, which may never have been written. */
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
  if (endianness() === 'BE') return { pageSize: 4_096, lastPage: 0, transaction: 0n, roots: [] }
  const pageSize = page.readUInt32LE(48)
  if (page.readUInt32LE(24) !== 0xbeefc0de || pageSize < 512 || pageSize > 65_536) return undefined
  const roots = [readTree(page, 48), readTree(page, 96)] // of free pages, and of the tables
  return { pageSize, lastPage: Number(page.readBigUInt64LE(144)), transaction: page.readBigUInt64LE(152), roots }
}

function isNewer(one: Meta | undefined, other: Meta | undefined): boolean {
  return (one?.transaction ?? -1n) >= (other?.transaction ?? -1n)
}
