import { describe, expect, it } from 'vitest'
import { decode } from '../../../src/platforms/xmpp/decode.js'
import { createVerifyMessage, toInstallation } from '../../../src/platforms/xmpp/verify.js'
import type { Element, Occupant } from '../../../src/platforms/xmpp/wire.js'

const { xml } = await import('@xmpp/client' as string)

describe('a message in a room', () => {
  it('is a command with everything after it', () => {
    for (const body of [
      '/deploy status --env prod',
      '!deploy status --env prod',
      'bot: deploy status --env prod',
      '@Bot  !deploy status --env prod',
    ])
      expect(asked({ body })?.text).toBe('/deploy status --env prod')
    expect(asked({ body: '/say two\nlines' })?.text).toBe('/say two\nlines')
  })

  it('is ignored if it is not a command', () => {
    for (const body of [
      'deploy',
      '/',
      '! x',
      '/1',
      '/me /deploy',
      'robot: deploy',
      'bot deploy',
      '@bother deploy',
      ' ',
    ])
      expect(asked({ body }), body).toBeUndefined()
  })

  it('has the same id whenever it arrives, and different messages have different ids', () => {
    const id = (id: string, body = '/ping') => asked({ id, body })?.id
    expect(id('message-1')).toBe(id('message-1'))
    expect(id('message-2')).not.toBe(id('message-1'))
    expect(id('message-1', '/other')).not.toBe(id('message-1'))
    // Clients that count from one reuse old ids for new messages.
    expect(id('1')).not.toBe(id('1'))
  })

  it('is ignored if it is an error, a correction, empty, or from somebody who is not there', () => {
    expect(asked({ type: 'error' })).toBeUndefined()
    expect(asked({ more: [xml('replace', { xmlns: 'urn:xmpp:message-correct:0', id: 'x' })] })).toBeUndefined()
    expect(asked({ from: 'ops@rooms.chat.example/ghost' })).toBeUndefined()
    expect(asked({ from: 'ops@rooms.chat.example' })).toBeUndefined()
    expect(asked({ from: 'ops@rooms.chat.example/bot' })).toBeUndefined()
    expect(asked({ from: 'other@rooms.chat.example/ann' })).toBeUndefined()
  })

  it('belongs to the person that the room vouches for, never to the nick', () => {
    expect(asked({}, { jid: 'ann@chat.example' })?.user).toEqual({ id: 'ann@chat.example', name: 'ann' })
    expect(asked({}, { occupantId: 'abc' })?.user.id).toBe('occupant:abc')
    expect(asked({})?.user.id).toBe('stay:s1')
    expect(asked({}, { roles: ['owner'] })?.user.roles).toEqual(['owner'])
  })

  it('does not belong to whoever has the nick now, if it was missed', () => {
    const missed = asked({ missedAt: 1 }, { jid: 'ann@chat.example', roles: ['owner'] })
    expect(missed?.user.id).toMatch(/^stay:/)
    expect(missed?.user).not.toHaveProperty('roles')
    const more = [xml('occupant-id', { xmlns: 'urn:xmpp:occupant-id:0', id: 'abc' })]
    expect(asked({ missedAt: 1, more }, { jid: 'ann@chat.example', occupantId: 'other' })?.user.id).toBe('occupant:abc')
    expect(asked({ missedAt: 1, more }, { jid: 'ann@chat.example', occupantId: 'abc' })?.user.id).toBe(
      'ann@chat.example',
    )
  })
})

describe('a private message', () => {
  it('needs no prefix', () => {
    expect(asked({ type: 'chat', body: 'deploy status' })).toMatchObject({
      text: '/deploy status',
      room: { id: 'ops@rooms.chat.example/ann', untrustedName: true },
      replyTo: { door: 'private', person: 'stay:s1' },
    })
  })

  it('belongs to whoever has the nick, if they have stayed since it was sent', () => {
    const user = (hasStayed: boolean) =>
      asked({ type: 'chat', missedAt: 1, hasStayed }, { jid: 'ann@chat.example' })?.user.id
    expect(user(true)).toBe('ann@chat.example')
    expect(user(false)).toMatch(/^stay:/)
    expect(asked({ missedAt: 1, hasStayed: true }, { jid: 'ann@chat.example' })?.user.id).toMatch(/^stay:/)
  })

  it('is accepted only from people on the server and in the rooms', () => {
    const from = (jid: string) => asked({ type: 'chat', from: `${jid}/phone`, body: 'ping' })?.user.id
    expect(from('kim@chat.example')).toBe('kim@chat.example')
    expect(from('guest@elsewhere.example')).toBe('guest@elsewhere.example')
    expect(from('eve@evil.example')).toBeUndefined()
    expect(from('eve@notchat.example')).toBeUndefined()
    expect(from('bot@chat.example')).toBeUndefined()
  })
})

interface Given {
  readonly body?: string
  readonly type?: string
  readonly from?: string
  readonly id?: string
  readonly more?: readonly unknown[]
  readonly missedAt?: number
  readonly hasStayed?: boolean
}

function asked(
  {
    body = '/ping',
    type = 'groupchat',
    from = 'ops@rooms.chat.example/ann',
    id = 'message-0',
    more = [],
    missedAt,
    hasStayed = false,
  }: Given,
  ann: Partial<Occupant> = {},
) {
  const occupants: Record<string, Occupant> = {
    ann: { nick: 'ann', occupantId: undefined, jid: undefined, stay: 's1', roles: [], ...ann },
    bot: { nick: 'bot', occupantId: undefined, jid: undefined, stay: 's2', roles: [] },
  }
  const verify = createVerifyMessage({
    installation: toInstallation('bot@chat.example', 'chat.example'),
    domain: 'chat.example',
    room: (room) =>
      room === 'ops@rooms.chat.example'
        ? {
            id: room,
            nicks: ['bot'],
            givesIds: true,
            occupant: (nick) => occupants[nick],
            hasStayed: () => hasStayed,
          }
        : undefined,
    isOccupant: (jid) => jid === 'guest@elsewhere.example',
  })
  const stanza: Element = xml('message', { type, from, id }, xml('body', {}, body), ...more)
  const verified = verify(stanza, Date.now(), missedAt)
  return verified && decode(verified).invocation
}
