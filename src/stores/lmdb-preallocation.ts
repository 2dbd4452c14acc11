import { closeSync, constants, fstatSync } from 'node:fs'
import { extendWithZeros, openPrivate } from '../shared/files.js'

/** Disk space reserved ahead of LMDB's file, so that a full disk is noticed before writing. */
export interface DiskReserve {
  /** The number of bytes that fit into reserved space; reserves more if possible. Only the current writer may call it. */
  ensure(used: number, wanted: number): number
  close(): void
}

/**
 * Keeps zeros after the end of LMDB's data. If a write fails halfway, LMDB may crash the process; a write into reserved
 * space cannot fail.
 */
export function createDiskReserve(path: string): DiskReserve {
  const file = openPrivate(path, constants.O_RDWR)
  let size = fstatSync(file).size
  return {
    ensure(used, wanted) {
      if (size - used < wanted) size = extendWithZeros(file, used + wanted + step)
      return size - used
    },
    close: () => closeSync(file),
  }
}

const step = 4 * 1024 * 1024
