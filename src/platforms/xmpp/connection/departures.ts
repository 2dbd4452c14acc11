import { bareOf, type Element, resourceOf } from '../wire.js'
import { codesOf } from './occupants.js'

/** Who left while the server held messages: somebody else may have their nicks by now. */
export interface Departures {
  /** The server has resumed the session, or begun a new one. */
  begin(isContinued: boolean): void
  presence(stanza: Element): void
  /** Whether the nick belonged to the same person in the room all the time. */
  hasStayed(room: string, nick: string): boolean
}

/** Creates the list; until a session is resumed, nobody counts as having stayed. */
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
      // The bot itself was removed, so it did not see who left afterwards.
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
