import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `holds` returns true; fails if it never does. */
export type Until = (holds: () => boolean | Promise<boolean>, what: string, instead?: () => string) => Promise<void>

/** Creates the function with this time limit. */
export function createUntil(patienceMs: number): Until {
  return async (holds, what, instead = () => 'it never was so') => {
    for (const end = performance.now() + patienceMs; !(await holds()); ) {
      if (performance.now() > end) assert.fail(`${what}: ${instead()}`)
      await sleep(10)
    }
  }
}
