import { describe, expect, it } from 'vitest'
import type { Installation } from '../../../src/model/installation.js'
import { createNetwork } from '../../../src/platforms/irc/connection/network-state.js'
import { decode } from '../../../src/platforms/irc/decode.js'
import { parseMessage } from '../../../src/platforms/irc/message.js'
import { verify } from '../../../src/platforms/irc/verify.js'

const installation: Installation = {
  ...{ id: 'irc.test', platform: 'irc', tenant: { id: 'irc.test' }, details: {}, secrets: {} },
}

let rooms = 0

/** A bot called `bot[x]` in #ops with alice, bob and carol; its nick in the settings is `slashroom`. */
function createRoom(...more: readonly string[]) {
  const network = createNetwork(['#ops', '#dev[1]'])
  const receive = (line: string) => {
    const message = parseMessage(line)
    if (message) network.receive(message)
    return message
  }
  const first = [
    '@time=2026-11-29T21:00:00.000Z :irc.test 001 bot[x] :Welcome',
    ':irc.test 005 bot[x] CASEMAPPING=rfc1459 PREFIX=(ov)@+ :are supported',
    ':bot[x]!bot@host JOIN #ops',
    ':irc.test 353 bot[x] = #ops :@bot[x] +alice',
    ':irc.test 353 bot[x] = #ops :bob Carol[1]',
    ':irc.test 366 bot[x] #ops :End',
  ]
  for (const line of [...first, ...more]) receive(line)
  const room = ++rooms // each connection counts on its own
  let count = 0
  return (line: string) => {
    const message = receive(line)
    const heard = { network, installation, wantedNick: 'slashroom', receivedAt: 1_000, count: `${room}/${count++}` }
    const verified = message && verify({ ...heard, message })
    return verified && decode(verified).invocation
  }
}

describe('a line on IRC', () => {
  it.each([
    ['!deploy status', '/deploy status'],
    ['/deploy status --env prod', '/deploy status --env prod'],
    ['bot[x]: deploy status', '/deploy status'],
    ['BOT[X], !deploy status', '/deploy status'],
    ['@bot[x] /deploy status', '/deploy status'],
    ['slashroom: deploy status', '/deploy status'],
    ['  !ping  ', '/ping'],
    ['\x02!deploy\x02 \x0304,01status\x03 \x1d--env\x0f prod\x16', '/deploy status --env prod'],
    ['!deploy 12,34', '/deploy 12,34'],
    ['!über', '/über'],
  ])('%j in a channel is the command %j', (said, text) => {
    const invocation = createRoom()(`:alice!a@host PRIVMSG #OPS :${said}`)
    expect(invocation).toMatchObject({
      text,
      platform: 'irc',
      installation: 'irc.test',
      room: { id: '#ops', name: 'ops' },
    })
    expect(JSON.parse(JSON.stringify(invocation))).toEqual(invocation)
  })

  it.each([
    'hello',
    'bot[x]',
    'bot[x] deploy status',
    'bot[x]:',
    'bot[y]: deploy',
    '!',
    '!!',
    '! deploy',
    '//',
    '/ deploy',
    '\x01ACTION !ping\x01',
    '\x01VERSION\x01',
    'so !ping',
    '!1',
  ])('%j in a channel is not a command', (said) => {
    expect(createRoom()(`:alice!a@host PRIVMSG #ops :${said}`)).toBeUndefined()
  })

  it('is a command in private without a prefix, in a room whose name proves nothing', () => {
    const invocation = createRoom()(':Dave!d@host PRIVMSG bot{X} :deploy status')
    expect(invocation).toMatchObject({
      text: '/deploy status',
      room: { id: 'dave', name: 'Dave', untrustedName: true },
    })
    expect(invocation?.replyTo).toEqual({ source: 'Dave!d@host' })
    for (const talk of ['+1', '\x01VERSION\x01', '\x01PING 1\x01']) {
      expect(createRoom()(`:dave!d@host PRIVMSG bot{x} :${talk}`)).toBeUndefined()
    }
  })

  it('belongs to the account if the server names it, otherwise to nick, user and host', () => {
    const room = createRoom()
    const known = room('@account=Alice :alice!a@host PRIVMSG #ops :!ping')
    expect(known?.user).toEqual({ id: 'alice', name: 'alice', mention: 'alice', handle: 'Alice' })
    expect(room(':alice!a@host PRIVMSG #ops :!ping')?.user).toEqual({
      ...{ id: 'alice!a@host', name: 'alice', mention: 'alice', unproven: true },
    })
  })

  it('is not a command from a server, from the bot itself, or in a notice', () => {
    const room = createRoom()
    expect(room(':irc.test PRIVMSG #ops :!ping')).toBeUndefined()
    expect(room(':BOT{X}!bot@host PRIVMSG #ops :!ping')).toBeUndefined()
    expect(room(':alice!a@host NOTICE #ops :!ping')).toBeUndefined()
    expect(room(':alice!a@host PRIVMSG @#ops :!ping')).toBeUndefined()
    expect(room(':alice!a@host PRIVMSG someone :!ping')).toBeUndefined()
    expect(room('PRIVMSG #ops :!ping')).toBeUndefined()
  })

  it('counts only from members of the channel, by their current nicks', () => {
    const room = createRoom(':bob!b@host NICK rob', ':alice!a@host PART #ops', ':irc.test KICK #ops carol{1} :out')
    const ping = (nick: string) => room(`:${nick}!x@host PRIVMSG #ops :!ping`)?.user.name
    expect(['mallory', 'bob', 'alice', 'Carol[1]'].map(ping)).toEqual([undefined, undefined, undefined, undefined])
    expect(ping('rob')).toBe('rob')
    room(':alice!a@host JOIN #ops')
    expect(ping('ALICE')).toBe('ALICE')
    room(':rob!b@host QUIT :bye')
    expect(ping('rob')).toBeUndefined()
  })

  it('counts only in channels that the bot is in', () => {
    const room = createRoom(':bot[x]!bot@host JOIN #DEV{1}', ':bob!b@host JOIN #DEV{1}')
    expect(room(':bob!b@host PRIVMSG #dev[1] :!ping')?.room).toEqual({ id: '#dev[1]', name: 'dev[1]' })
    room(':op!o@host KICK #dev{1} bot[x] :out')
    expect(room(':bob!b@host PRIVMSG #dev[1] :!ping')).toBeUndefined()
  })

  it('from before the bot joined is not run when it is replayed', () => {
    const room = createRoom(':irc.test BATCH +1 chathistory #ops', ':irc.test BATCH +2 znc.in/playback #ops')
    const ping = (tags: string) => room(`@${tags} :alice!a@host PRIVMSG #ops :!ping`)
    expect(ping('batch=1')).toBeUndefined()
    expect(ping('batch=2;time=2026-11-29T21:05:00.000Z')).toBeUndefined()
    expect(ping('time=2026-11-29T20:59:59.999Z')).toBeUndefined()
    expect(ping('batch=other;time=2026-11-29T21:05:00.000Z')).toBeDefined()
    room(':irc.test BATCH -1')
    expect(ping('batch=1')).toBeDefined()
  })

  it('has the same id whenever it is delivered, and different lines have different ids', () => {
    const [one, other] = [createRoom(), createRoom()]
    const ids = (tags: string) => [one, other].map((room) => room(`${tags}:alice!a@host PRIVMSG #ops :!ping`)?.id)
    const [byId, again] = ids('@msgid=abc ')
    expect(byId).toBe(again)
    const [byTime, againByTime] = ids('@time=2026-11-29T21:05:00.000Z ')
    expect(byTime).toBe(againByTime)
    const plain = [...ids('').slice(0, 1), ...ids('').slice(0, 1)]
    expect(new Set([byId, byTime, ...plain, ...ids('@msgid=abd ').slice(0, 1)]).size).toBe(5)
  })

  it('mentions members of the channel, without proof of who they are', () => {
    const invocation = createRoom()(':alice!a@host PRIVMSG #ops :!grant @BOB, carol{1} and mallory')
    expect(invocation?.mentions).toEqual([
      { id: 'bob!*@*', name: 'bob', mention: 'bob', unproven: true },
      { id: 'Carol[1]!*@*', name: 'Carol[1]', mention: 'Carol[1]', unproven: true },
    ])
  })
})
