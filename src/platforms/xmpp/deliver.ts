import { randomUUID } from 'node:crypto'
import { DeliveryError } from '../../model/errors.js'
import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import type { PlatformDeps } from '../platform.js'
import { render } from './render.js'
import { type Message, name, type ReplyTo, readReplyTo } from './wire.js'

/** Sends messages over the current connection. */
export interface Outgoing {
  /** Resolves when the room has shown it or the server has confirmed it. Throws DeliveryError. */
  send(message: Message): Promise<void>
  /** A person's current nick in a room; undefined if they are not in it. */
  nickOf(room: string, person: string): string | undefined
  /** Whether the bot is in the room and knows who else is. */
  isIn(room: string): boolean
}

/** What delivering replies needs. */
export interface DeliverDeps extends Pick<PlatformDeps, 'store'> {
  readonly outgoing: Outgoing
}

/** Creates the delivery: to the room, or to the caller in private. */
export function createDeliver({ outgoing, store }: DeliverDeps) {
  const ids = new WeakMap<Reply, string>()

  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const replyTo = readReplyTo(invocation.replyTo)
    if (!replyTo) throw new DeliveryError('the reply has no destination', { retry: false })
    const where = addressOf(reply, invocation, replyTo)
    const key = reply.updateKey && `${name}/message/${invocation.id}/${shortHash(where.to, reply.updateKey)}`
    const replaces = key ? toId(await store.get(key)) : undefined
    const id = idOf(reply)
    const answers = !replaces && where.type === 'groupchat' ? answeredBy(replyTo) : undefined
    await outgoing.send({ ...where, ...render(reply), id, replaces, answers })
    if (key && !replaces) await store.set(key, id, { ttlMs: correctableMs })
  }

  /** The outbox retries with the same reply, so its id shows whether the room has already shown it. */
  function idOf(reply: Reply): string {
    const id = ids.get(reply) ?? randomUUID()
    ids.set(reply, id)
    return id
  }

  function addressOf(
    { audience }: Reply,
    invocation: Invocation,
    { door, place, person }: ReplyTo,
  ): Pick<Message, 'to' | 'type' | 'isPrivate'> {
    if (door === 'direct') return { to: place, type: 'chat' }
    if (door === 'room' && audience === 'room') return { to: place, type: 'groupchat' }
    if (person === undefined || !hasCaller(invocation))
      throw new DeliveryError('there is no caller to send a private reply to', { retry: false })
    // Found by identity, never by the nick at the time of the call, which somebody else may have taken.
    const nick = outgoing.nickOf(place, person)
    if (nick !== undefined) return { to: `${place}/${nick}`, type: 'chat', isPrivate: true }
    if (!/^(occupant|stay):/.test(person)) return { to: person, type: 'chat' }
    if (!outgoing.isIn(place)) throw new DeliveryError('the bot is not in the room', { retry: true, retryAfterMs: 500 })
    throw new DeliveryError('the caller has left the room', { retry: false })
  }
}

/** Clients change the original message in place: nobody would notice a correction of an old one. */
const correctableMs = 3_600_000

function toId(stored: unknown): string | undefined {
  return typeof stored === 'string' ? stored : undefined
}

function answeredBy({ place, nick, stanzaId }: ReplyTo): Message['answers'] {
  return nick !== undefined && stanzaId ? { to: `${place}/${nick}`, id: stanzaId } : undefined
}
