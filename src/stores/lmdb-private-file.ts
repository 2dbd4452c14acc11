import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import { codeOf } from '../shared/error-details.js'

/** Creates a file with access for its owner only before LMDB opens it; LMDB would let others read it. */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  // Do not open an existing file: closing any descriptor of it would release LMDB's locks.
  if ((statSync(path).mode & 0o777) === 0o600) return
  try {
    chmodSync(path, 0o600)
  } catch {} // another user's file: leave it alone
}
