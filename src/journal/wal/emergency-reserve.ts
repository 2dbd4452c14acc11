import { closeSync, constants, fstatSync, ftruncateSync } from 'node:fs'
import { join } from 'node:path'
import { extendWithZeros, openPrivate } from '../../shared/files.js'

/** Room on the disk that is kept for ending what was begun when nothing else is left. */
export interface LogReserve {
  /** Whether all of it is there, made anew where it can be. */
  fill(): boolean
  /** Frees this many bytes for the write that follows in the same tick. False when the reserve is empty. */
  spend(bytes: number): boolean
  close(): void
}

/** Keeps it as a file of zeros in `dir`, for all processes together. */
export function createLogReserve(dir: string): LogReserve {
  const file = openPrivate(join(dir, 'reserve'), constants.O_RDWR | constants.O_CREAT)
  let whole = false
  return {
    fill() {
      try {
        whole ||= extendWithZeros(file, reserveBytes) >= reserveBytes
      } catch {
        whole = false // a disk that fails has no space either
      }
      return whole
    },
    spend(bytes) {
      whole = false
      const { size } = fstatSync(file)
      ftruncateSync(file, Math.max(0, size - bytes - spareBytes))
      return size > 0
    },
    close: () => closeSync(file),
  }
}

const reserveBytes = 2 * 1024 * 1024
/** What the file system itself may need besides. */
const spareBytes = 32 * 1024
