import { shortHash } from '../../shared/crypto.js'
import type { Store } from '../../stores/store.js'
import { getOrCreateToken } from './get-or-create-id.js'

/** An alert that fires again after it was resolved is a new incident: it must not edit a card far up the room. */
export interface Occurrences {
  /** The current key of an update key. */
  keyOf(hook: string, updateKey: string): Promise<string>
  /** Ends the incident: the next event starts another. */
  end(hook: string, updateKey: string): Promise<void>
}

/** How long an incident is remembered. */
const longestMs = 30 * 24 * 60 * 60_000

/** Creates the incident keys, shared by all processes on a store. */
export function createOccurrences(store: Store): Occurrences {
  const at = (hook: string, updateKey: string) => `hooks/occurrences/${shortHash(hook, updateKey)}`
  return {
    keyOf: (hook, updateKey) => getOrCreateToken(store, at(hook, updateKey), longestMs),
    end: (hook, updateKey) => store.delete(at(hook, updateKey)),
  }
}
