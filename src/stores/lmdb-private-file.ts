import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import { codeOf } from '../shared/error-details.js'

/** Makes a file that LMDB is about to open, for its owner alone: left to LMDB, the group and others could read it. */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  // Not opened where it is there: LMDB's locks end when any descriptor of the file is closed.
  if ((statSync(path).mode & 0o777) === 0o600) return
  try {
    chmodSync(path, 0o600)
  } catch {} // another user's file: that user's to judge
}
