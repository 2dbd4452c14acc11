import { randomUUID } from 'node:crypto'
import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { Verified } from '../platform.js'
import { bareOf, type Element, name, ns, type Occupant, type Payload, resourceOf } from './wire.js'

/** What the bot knows of a room that it is in. */
export interface RoomView {
  readonly id: string
  /** What the bot is called there, and what it would be called. */
  readonly nicks: readonly string[]
  /** Whether the room gives occupant ids of its own: where not, those that there are were made by somebody. */
  readonly givesIds: boolean
  occupant(nick: string): Occupant | undefined
  /** Whether that is who had the nick when the server held what was said. */
  hasStayed(nick: string): boolean
}

/** What the connection knows. */
export interface VerifyDeps {
  readonly installation: Installation
  readonly domain: string
  room(id: string): RoomView | undefined
  /** Whether somebody of this address is in one of the rooms. */
  isOccupant(jid: string): boolean
}

/**
 * Creates what says who sent a message, as the server vouches for it: `from` is the server's word, and what the room says of
 * its occupants. Undefined for what is no message of somebody's to the bot: errors carry the original body, corrections are
 * no second command, and strangers on other servers have no business here.
 */
export function createVerifyMessage({ installation, domain, room, isOccupant }: VerifyDeps) {
  return (stanza: Element, receivedAt: number, missedAt?: number): Verified<Payload> | undefined => {
    const { type = 'normal', from = '', id } = stanza.attrs
    const body = stanza.getChildText('body') ?? ''
    if (body.trim() === '' || stanza.getChild('replace', ns.correct)) return undefined
    const door = readDoor(type, from, room)
    if (!door) return undefined
    const place = bareOf(from)
    const view = room(place)
    const nick = resourceOf(from)
    const present = view?.occupant(nick)
    const isSure = missedAt === undefined || (door === 'private' && view?.hasStayed(nick))
    const occupant = isSure ? present : whoSaid(stanza, nick, present, view)
    if (door === 'direct' ? !isKnown(place) : !occupant || view?.nicks[0] === nick) return undefined
    const stanzaId = stanza.getChildren('stanza-id', ns.stanzaId).find(({ attrs }) => attrs['by'] === place)?.attrs[
      'id'
    ]
    const payload: Payload = {
      door,
      body,
      key: isLasting(id) ? shortHash(door, door === 'direct' ? place : from, id, body) : randomUUID(),
      place,
      occupant: door === 'direct' ? undefined : occupant,
      nicks: view?.nicks ?? [],
      stanzaId,
      at: Math.min(missedAt ?? receivedAt, receivedAt),
    }
    return { installation, payload, receivedAt }
  }

  /** Somebody of the bot's own server, or in a room with it. */
  function isKnown(jid: string): boolean {
    return (jid.endsWith(`@${domain}`) || isOccupant(jid)) && jid !== installation.id
  }
}

/**
 * Who said what the bot missed: whoever has the nick now may be somebody else. The room's own id tells; without one it was
 * somebody of whom nothing more is known.
 */
function whoSaid(stanza: Element, nick: string, present: Occupant | undefined, view: RoomView | undefined): Occupant {
  const occupantId = view?.givesIds ? stanza.getChild('occupant-id', ns.occupantId)?.attrs['id'] : undefined
  if (present && occupantId !== undefined && present.occupantId === occupantId) return present
  return { nick, occupantId, jid: undefined, stay: randomUUID(), roles: [] }
}

function readDoor(type: string, from: string, room: VerifyDeps['room']): Payload['door'] | undefined {
  const isRoom = room(bareOf(from)) !== undefined
  if (type === 'groupchat') return isRoom ? 'room' : undefined
  if (type !== 'chat' && type !== 'normal') return undefined
  return isRoom ? 'private' : 'direct'
}

/**
 * Whether an id tells its message from all others, for ever. Some clients count from one each time that they start: what has
 * such an id is run when it is said, and never found in what a room remembers.
 */
export function isLasting(id: string | undefined): id is string {
  return id !== undefined && id.length >= 8
}

/** The account as the installation that it is. */
export function toInstallation(jid: string, domain: string): Installation {
  return { id: jid, platform: name, tenant: { id: domain }, details: {}, secrets: {} }
}
