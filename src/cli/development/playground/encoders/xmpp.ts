import { escapeHtml } from '../../../../model/reply.js'
import { toStanza } from '../../../../platforms/xmpp/connection/outgoing.js'
import { cardOverflow, render } from '../../../../platforms/xmpp/render.js'
import { textLimit } from '../../../../platforms/xmpp/wire.js'
import { fromPlain, fromXmpp } from '../markup.js'
import type { Encoder } from './encoder.js'

const room = 'deployments@rooms.example.com'

/** XMPP: a stanza. */
export const xmpp: Encoder = {
  service: 'XMPP',
  maxTextLength: textLimit,
  cardOverflow,
  callerId: 'alice@example.com',
  encode(reply, { id, user }) {
    const content = render(reply)
    const isPrivate = reply.audience === 'caller'
    const to = isPrivate
      ? { to: `${room}/${user.mention ?? user.name}`, type: 'chat' as const, isPrivate }
      : { to: room, type: 'groupchat' as const }
    return {
      way: 'the stream',
      payload: toStanza(writeXml, { ...to, id, ...content }),
      parts: [{ kind: 'text', html: content.unstyled ? fromPlain(content.body) : fromXmpp(content.body) }],
      isPrivate,
    }
  },
}

/** Elements as text, as the library writes them: it is there only where XMPP is used. */
function writeXml(name: string, attributes: unknown, ...children: readonly unknown[]): string {
  const given = typeof attributes === 'string' ? { xmlns: attributes } : (attributes as object | undefined)
  const pairs = Object.entries(given ?? {}).filter(([, value]) => value !== undefined)
  const head = [name, ...pairs.map(([key, value]) => `${key}="${escapeHtml(String(value))}"`)].join(' ')
  const inside = children.map((child) => (name === 'body' ? escapeHtml(String(child)) : String(child)))
  return inside.length > 0 ? `<${head}>${inside.join('')}</${name}>` : `<${head}/>`
}
