import type { Invocation, Room, User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import type { Ack, DecodedRequest, Verified } from '../platform.js'
import { localOf, name, type Payload, personId, type ReplyTo } from './wire.js'

/** Decodes a message: `/deploy`, `!deploy`, `nick: deploy`, and in private `deploy`. */
export function decode({ installation, payload }: Verified<Payload>): DecodedRequest {
  const { body, key, nicks, door, at } = payload
  const text = toLine(body.trim(), nicks, door !== 'room')
  if (text === undefined) return { ack }
  const invocation: Invocation = {
    id: shortHash(name, installation.id, key),
    platform: name,
    installation: installation.id,
    tenant: installation.tenant,
    room: toRoom(payload),
    user: toUser(payload),
    text,
    mentions: [],
    at,
    replyTo: toReplyTo(payload),
  }
  return { ack, invocation }
}

/** Unused: nothing is acknowledged over a connection. */
const ack: Ack = { status: 200 }

function toLine(said: string, nicks: readonly string[], isPrivate: boolean): string | undefined {
  if (/^\/me(\s|$)/.test(said)) return undefined
  const addressed = withoutNick(said, nicks)
  const line = addressed ?? said
  if (/^[/!]\p{L}/u.test(line)) return `/${line.slice(1)}`
  return (addressed !== undefined || isPrivate) && /^\p{L}/u.test(line) ? `/${line}` : undefined
}

/** The text after `nick:`, `nick,` or `@nick`; undefined if it is not addressed to the bot. */
function withoutNick(said: string, nicks: readonly string[]): string | undefined {
  const lower = said.toLowerCase()
  for (const nick of nicks) {
    const sign = lower.startsWith('@') ? 1 : 0
    if (!lower.startsWith(nick.toLowerCase(), sign)) continue
    const rest = said.slice(sign + nick.length)
    const found = sign ? /^[:,]?\s+(.*)$/s.exec(rest) : /^[:,]\s*(.*)$/s.exec(rest)
    if (found) return found[1] ?? ''
  }
  return undefined
}

function toRoom({ door, place, occupant }: Payload): Room {
  if (door === 'room') return { id: place, name: localOf(place) }
  const nick = occupant?.nick
  return nick === undefined
    ? { id: place, name: localOf(place), untrustedName: true }
    : { id: `${place}/${nick}`, name: nick, untrustedName: true }
}

function toUser({ place, occupant }: Payload): User {
  if (!occupant) return { id: place, name: localOf(place) }
  const { nick, roles } = occupant
  return { id: personId(occupant), name: nick, ...(roles.length > 0 ? { roles } : {}) }
}

function toReplyTo({ door, place, occupant, stanzaId }: Payload): ReplyTo {
  return {
    door,
    place,
    person: occupant ? personId(occupant) : place,
    ...(occupant ? { nick: occupant.nick } : {}),
    ...(stanzaId && door === 'room' ? { stanzaId } : {}),
  }
}
