import { fstatSync, writeSync } from 'node:fs'
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
