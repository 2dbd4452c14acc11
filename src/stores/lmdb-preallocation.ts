import { closeSync, constants, fstatSync } from 'node:fs'
import { extendWithZeros, openPrivate } from '../shared/files.js'

/** Disk space reserved ahead of the embedded store's file, so that a full disk is noticed before it is written to. */
export interface DiskReserve {
  /** Bytes that can be written without more disk space; reserves more if it can. Call it as the only writer. */
  ensure(used: number, wanted: number): number
  close(): void
}

/**
 * Keeps zeros written ahead of what LMDB uses. A write that the disk refuses half-way can bring LMDB's process down; one
 * into reserved space cannot be refused.
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
