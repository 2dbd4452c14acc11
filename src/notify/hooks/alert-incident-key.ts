import { shortHash } from '../../shared/crypto.js'
import type { Store } from '../../stores/store.js'
import { getOrCreateToken } from './get-or-create-id.js'

/** An alert that fires again after it was resolved is another occurrence: it must not edit a card far up the room. */
export interface Occurrences {
  /** The key of what happens under an update key now. */
  keyOf(hook: string, updateKey: string): Promise<string>
  /** Ends it: the next is another. */
  end(hook: string, updateKey: string): Promise<void>
}

/** How long an occurrence is remembered from its beginning. */
const longestMs = 30 * 24 * 60 * 60_000

/** Creates the occurrences that all processes on a store share. */
export function createOccurrences(store: Store): Occurrences {
  const at = (hook: string, updateKey: string) => `hooks/occurrences/${shortHash(hook, updateKey)}`
  return {
    keyOf: (hook, updateKey) => getOrCreateToken(store, at(hook, updateKey), longestMs),
    end: (hook, updateKey) => store.delete(at(hook, updateKey)),
  }
}
