import { describe, expect, it } from 'vitest'
import type { Invocation } from '../../../src/model/invocation.js'
import { type Reply, say, whisper } from '../../../src/model/reply.js'
import type { Library } from '../../../src/platforms/xmpp/connection/library.js'
import { createOutgoingMessages } from '../../../src/platforms/xmpp/connection/outgoing.js'
import type { Stream } from '../../../src/platforms/xmpp/connection/session.js'
import { createDeliver } from '../../../src/platforms/xmpp/deliver.js'
import type { Element, Message, ReplyTo } from '../../../src/platforms/xmpp/wire.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { invocationOf } from '../../fixtures/invocation.js'

const { xml } = await import('@xmpp/client' as string)

describe('a reply on XMPP', () => {
  it('refers to the message that it answers, by the room’s id, if the room keeps an archive', async () => {
    const { deliver, sent } = testDelivery()
    await deliver(say('fine'), asked({ stanzaId: 'archived-1' }))
    const reply = sent()[0]?.getChild('reply', 'urn:xmpp:reply:0')
    expect(reply?.attrs).toMatchObject({ to: 'ops@rooms.example/ann', id: 'archived-1' })
  })

  it('refers to no message without such an id, in private, or when it replaces a reply', async () => {
    const { deliver, sent } = testDelivery()
    await deliver(say('fine'), asked({}))
    await deliver(whisper('only for ann'), asked({ stanzaId: 'archived-1' }))
    const call = asked({ stanzaId: 'archived-1' })
    await deliver(say('half', { updateKey: 'progress' }), call)
    await deliver(say('whole', { updateKey: 'progress' }), call)
    const named = sent().map((one) => one.getChild('reply', 'urn:xmpp:reply:0') !== undefined)
    expect(named).toEqual([false, false, true, false])
    const replaces = sent()[3]?.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs['id']
    expect(replaces).toBe(sent()[2]?.attrs['id'])
  })

  it('is retried in a room where the bot has no voice yet, but not to a person who refuses it', async () => {
    const outgoing = createOutgoingMessages({ xml } as Library)
    const forbidding = async (stanza: Element) => {
      const error = xml('error', { type: 'auth' }, xml('forbidden', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
      outgoing.refused(xml('message', { type: 'error', id: stanza.attrs['id'], from: stanza.attrs['to'] }, error))
    }
    const stream = { send: forbidding, sendAcked: async (stanza: Element) => await forbidding(stanza).then(never) }
    const advice = async (to: string, type: Message['type']) =>
      await outgoing
        .send({ to, type, id: `to ${to}`, body: 'fine', unstyled: false }, stream as unknown as Stream)
        .catch(({ retryAdvice }) => retryAdvice)
    expect(await advice('ops@rooms.example', 'groupchat')).toMatchObject({ retry: true })
    expect(await advice('ops@rooms.example/ann', 'chat')).toMatchObject({ retry: false })
  })

  it('is retried while it is unknown who is in the room', async () => {
    const { deliver } = testDelivery(false)
    const failed = deliver(whisper('only for ann'), asked({}))
    await expect(failed).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })
})

const never = () => new Promise<never>(() => undefined)

function testDelivery(isIn = true) {
  const sent: Element[] = []
  const outgoing = createOutgoingMessages({ xml } as Library)
  const send = async (stanza: Element) => {
    sent.push(stanza)
    outgoing.shown(stanza.attrs['id'])
  }
  const stream = { send, sendAcked: send } as unknown as Stream
  const deliver = createDeliver({
    store: createMemoryStore(),
    outgoing: {
      send: (message: Message) => outgoing.send(message, stream),
      nickOf: () => (isIn ? 'ann' : undefined),
      isIn: () => isIn,
    },
  })
  return { deliver: deliver as (reply: Reply, invocation: Invocation) => Promise<void>, sent: () => sent }
}

function asked(more: Partial<ReplyTo>): Invocation {
  const replyTo: ReplyTo = { door: 'room', place: 'ops@rooms.example', person: 'stay:s1', nick: 'ann', ...more }
  return invocationOf('call-1', { room: { id: 'ops@rooms.example', name: 'ops' }, replyTo })
}
