import { randomToken } from '../../../shared/random-token.js'
import { bareOf, type Element, ns, type Occupant, personId } from '../wire.js'

/** Who is in a room, according to its presences. */
export interface Occupants {
  /** Somebody joined or changed. */
  update(nick: string, presence: Element): void
  leave(nick: string): void
  /** The same person has a new nick. */
  rename(nick: string, to: string): void
  find(nick: string): Occupant | undefined
  nickOf(person: string): string | undefined
  hasJid(jid: string): boolean
  clear(): void
}

/** Creates the list. Occupant ids count only if the room assigns them (`hasIds`): otherwise anybody can send one. */
export function createOccupants(hasIds: () => boolean): Occupants {
  const byNick = new Map<string, Occupant>()

  const believed = (occupant: Occupant): Occupant => (hasIds() ? occupant : { ...occupant, occupantId: undefined })

  return {
    update(nick, presence) {
      const item = roomsWord(presence)?.getChild('item')?.attrs
      byNick.set(nick, {
        nick,
        occupantId: presence.getChild('occupant-id', ns.occupantId)?.attrs['id'],
        jid: item?.['jid'] ? bareOf(item['jid']) : undefined,
        stay: byNick.get(nick)?.stay ?? randomToken(12),
        roles: [item?.['affiliation'], item?.['role']].filter(
          (role) => role !== undefined && proven.has(role),
        ) as string[],
      })
    },
    leave: (nick) => void byNick.delete(nick),
    rename(nick, to) {
      const occupant = byNick.get(nick)
      byNick.delete(nick)
      if (occupant) byNick.set(to, { ...occupant, nick: to })
    },
    find(nick) {
      const occupant = byNick.get(nick)
      return occupant && believed(occupant)
    },
    nickOf(person) {
      for (const occupant of byNick.values()) if (personId(believed(occupant)) === person) return occupant.nick
      return undefined
    },
    hasJid(jid) {
      for (const occupant of byNick.values()) if (occupant.jid === jid) return true
      return false
    },
    clear: () => byNick.clear(),
  }
}

/** What the room itself says about an occupant. If there are two such elements, one is forged, so neither counts. */
export function roomsWord(presence: Element): Element | undefined {
  const [word, ...others] = presence.getChildren('x', ns.mucUser)
  return others.length === 0 ? word : undefined
}

/** The status codes of a presence. */
export function codesOf(presence: Element): ReadonlySet<string> {
  const codes = roomsWord(presence)?.getChildren('status') ?? []
  return new Set(codes.map(({ attrs }) => attrs['code'] ?? ''))
}

/** The new nick, if the presence announces a change of nick. */
export function newNickOf(presence: Element, codes: ReadonlySet<string>): string | undefined {
  return codes.has('303') ? presence.getChild('x', ns.mucUser)?.getChild('item')?.attrs['nick'] : undefined
}

/** The roles that mean something: merely being in the room is not one. */
const proven = new Set(['owner', 'admin', 'member', 'moderator'])
