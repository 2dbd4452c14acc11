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

/** What reading or opening a file gives; undefined where there is no such file. */
export function ifThere<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Opens a file for its owner alone, whatever the folder, the umask or an earlier version made of it; makes it where `flags` say so. */
export function openPrivate(path: string, flags: number | string): number {
  const file = openSync(path, flags, 0o600)
  try {
    if ((fstatSync(file).mode & 0o777) !== 0o600) fchmodSync(file, 0o600)
  } catch {} // another user's file: that user's to judge
  return file
}

/** Whether `path` is still that file, and was not removed, moved away or replaced. */
export function isStillAt(path: string, { ino, dev }: Pick<Stats, 'ino' | 'dev'>): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  return there?.ino === ino && there.dev === dev
}

/** Waits until a power cut leaves the directory's files where they are. */
export function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return // which opens no directories
  const directory = openSync(dir, constants.O_RDONLY)
  fsyncSync(directory)
  closeSync(directory)
}

/** Takes space from the disk by writing zeros until `file` has so many bytes; gives its size, less where the disk is full. */
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
