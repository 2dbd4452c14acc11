import { DeliveryError } from '../../model/errors.js'
import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Link } from './connect.js'
import { notConnected, type Session } from './connection/session.js'
import type { Turns } from './delivery-lock.js'
import { fitLine } from './fit-lines.js'
import { render } from './render.js'
import { nickOf, readReplyTo } from './wire.js'

/** Creates the delivery: to the channel, or as a notice to the caller. A retry skips lines that the server accepted. */
export function createDeliver(link: Link, { use }: Pick<Turns, 'use'>) {
  const taken = new WeakMap<Reply, number>()
  return (reply: Reply, invocation: Invocation): Promise<void> => use(reply, () => deliver(reply, invocation))

  async function deliver(reply: Reply, invocation: Invocation): Promise<void> {
    const { session } = link
    if (!session) throw notConnected()
    const { verb, target } = await findTarget(reply, invocation, session)
    const limit = session.roomFor(verb, target)
    const lines = render(reply).flatMap((line) => fitLine(line, limit))
    const onTaken = () => void taken.set(reply, (taken.get(reply) ?? 0) + 1)
    await session.say({ verb, target, lines: lines.slice(taken.get(reply) ?? 0), onTaken })
  }
}

async function findTarget(reply: Reply, invocation: Invocation, session: Session) {
  const { channel, source } = readReplyTo(invocation.replyTo)
  const isPrivate = reply.audience === 'caller'
  if (isPrivate && !hasCaller(invocation))
    throw new DeliveryError('there is no caller to send a private reply to', over)
  if (channel && !isPrivate) {
    const reason = session.whyNot(channel)
    if (reason) throw new DeliveryError(`${channel}: ${reason}`, { retry: true })
    return { verb: 'PRIVMSG', target: channel } as const
  }
  if (!source) throw new DeliveryError('the reply has no destination', over)
  return { verb: isPrivate ? 'NOTICE' : 'PRIVMSG', target: await stillThere(source, session) } as const
}

const over = { retry: false } as const

/** Throws DeliveryError if the caller has left or somebody else has taken the nick. */
async function stillThere(source: string, session: Session): Promise<string> {
  const { fold } = session.network.features
  const nick = nickOf(source)
  const now = await session.whoIs(nick)
  if (
    now === undefined ||
    fold(nickOf(now)) + now.slice(nickOf(now).length) !== fold(nick) + source.slice(nick.length)
  ) {
    throw new DeliveryError(`${nick} has left, or someone else has the nick now`, over)
  }
  return nick
}
