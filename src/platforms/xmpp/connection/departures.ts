import { bareOf, type Element, resourceOf } from '../wire.js'
import { codesOf } from './occupants.js'

/** Who left while the server held what was said: whoever has such a nick now may be somebody else. */
export interface Departures {
  /** The server goes on with a session, or with none. */
  begin(isContinued: boolean): void
  presence(stanza: Element): void
  /** Whether somebody was in the room under that nick all the time. */
  hasStayed(room: string, nick: string): boolean
}

/** Creates the list; nobody has stayed until a session goes on. */
export function createDepartures(): Departures {
  const gone = new Set<string>()
  let isKnown = false
  return {
    begin(isContinued) {
      isKnown = isContinued
      if (!isContinued) gone.clear()
    },
    presence(stanza) {
      const { from = '', type } = stanza.attrs
      if (type !== 'unavailable') return
      // The bot itself was put out: it did not see who left after it.
      gone.add(
        codesOf(stanza).has('110') || resourceOf(from) === ''
          ? bareOf(from)
          : addressOf(bareOf(from), resourceOf(from)),
      )
    },
    hasStayed: (room, nick) => isKnown && !gone.has(room) && !gone.has(addressOf(room, nick)),
  }
}

function addressOf(room: string, nick: string): string {
  return `${room}/${nick}`
}
