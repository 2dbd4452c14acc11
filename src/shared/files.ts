import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { codeOf } from './error-details.js'

/** Whether a write failed because the disk or the user's quota is full. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
}

/** The result of reading or opening a file; undefined if it does not exist. */
export function ifThere<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Opens a file with access for its owner only, whatever the umask or an earlier version did; creates it if `flags` say so. */
export function openPrivate(path: string, flags: number | string): number {
  const file = openSync(path, flags, 0o600)
  try {
    if ((fstatSync(file).mode & 0o777) !== 0o600) fchmodSync(file, 0o600)
  } catch {} // another user's file: leave it alone
  return file
}

/** Whether `path` still names that file: it was not removed, moved away or replaced. */
export function isStillAt(path: string, { ino, dev }: Pick<Stats, 'ino' | 'dev'>): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  return there?.ino === ino && there.dev === dev
}

/** Flushes a directory, so that its files survive a power failure. */
export function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return // it cannot open directories
  const directory = openSync(dir, constants.O_RDONLY)
  fsyncSync(directory)
  closeSync(directory)
}

/** Writes zeros until `file` has this many bytes; returns its size, which is smaller if the disk is full. */
export function extendWithZeros(file: number, bytes: number): number {
  let { size } = fstatSync(file)
  try {
    while (size < bytes) size += writeSync(file, zeros, 0, zeros.length, size)
    return size
  } catch (error) {
    if (!isDiskFull(error)) throw error
    return fstatSync(file).size
  }
}

const zeros = Buffer.alloc(256 * 1024)
