import { setFlagsFromString } from 'node:v8'

/**
 * Sets the engine up for a process that answers and forgets, before it has done much. When V8 has seen what one spot in
 * the code makes outlive a few collections, as all does in a busy moment, it makes everything from there where only full
 * collections look: each call that is over would stay for long, together with whatever came in by it, and the short
 * collections would take three times as long. It happens to about every other process that is busy when it is young.
 */
export function setV8Flags(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
