import { randomUUID } from 'node:crypto'
import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { Verified } from '../platform.js'
import { bareOf, type Element, name, ns, type Occupant, type Payload, resourceOf } from './wire.js'

/** What the bot knows about a room that it is in. */
export interface RoomView {
  readonly id: string
  /** The bot's current nick there, and the one in the settings. */
  readonly nicks: readonly string[]
  /** Whether the room assigns occupant ids; if not, any that appear are forged. */
  readonly givesIds: boolean
  occupant(nick: string): Occupant | undefined
  /** Whether the nick has belonged to the same person since the server began to hold messages. */
  hasStayed(nick: string): boolean
}

/** What verifying messages needs. */
export interface VerifyDeps {
  readonly installation: Installation
  readonly domain: string
  room(id: string): RoomView | undefined
  /** Whether somebody with this address is in one of the rooms. */
  isOccupant(jid: string): boolean
}

/**
 * Creates a function that verifies who sent a message: the server vouches for `from`, and the room for its occupants.
 * Undefined if it is not a person's message to the bot: errors carry the original body, a correction is not a second
 * command, and strangers on other servers are ignored.
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

  /** Whether it is somebody on the bot's own server or in a room with it. */
  function isKnown(jid: string): boolean {
    return (jid.endsWith(`@${domain}`) || isOccupant(jid)) && jid !== installation.id
  }
}

/**
 * The sender of a message that the bot missed. Somebody else may have the nick by now; the room's occupant id tells.
 * Without one, nothing but the nick is known about the sender.
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
 * Whether an id identifies its message permanently. Some clients count from one each time they start: a command with
 * such an id runs when it arrives, but never from a room's history.
 */
export function isLasting(id: string | undefined): id is string {
  return id !== undefined && id.length >= 8
}

/** The account as an installation. */
export function toInstallation(jid: string, domain: string): Installation {
  return { id: jid, platform: name, tenant: { id: domain }, details: {}, secrets: {} }
}
