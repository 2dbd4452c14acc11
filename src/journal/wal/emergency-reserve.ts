import { closeSync, constants, fstatSync, ftruncateSync } from 'node:fs'
import { join } from 'node:path'
import { extendWithZeros, openPrivate } from '../../shared/files.js'

/** Reserved disk space for finishing calls when the disk is full. */
export interface LogReserve {
  /** Whether the reserve is complete; refills it if possible. */
  fill(): boolean
  /** Frees this many bytes for a write in the same tick. False if the reserve is empty. */
  spend(bytes: number): boolean
  close(): void
}

/** Creates the reserve as a file of zeros in `dir`, shared by all processes. */
export function createLogReserve(dir: string): LogReserve {
  const file = openPrivate(join(dir, 'reserve'), constants.O_RDWR | constants.O_CREAT)
  let whole = false
  return {
    fill() {
      try {
        whole ||= extendWithZeros(file, reserveBytes) >= reserveBytes
      } catch {
        whole = false // a failing disk has no space either
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
/** Extra space for the file system itself. */
const spareBytes = 32 * 1024
