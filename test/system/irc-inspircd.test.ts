import { describe, expect, it } from 'vitest'
import { say, whisper } from '../../src/model/reply.js'
import { connectIrc } from '../fixtures/irc-bot.js'
import { ircClient } from '../fixtures/irc-client.js'
import { ircRig } from '../fixtures/irc-rig.js'
import { startInspircd } from '../fixtures/irc-servers.js'

describe('on InspIRCd, which disconnects clients that are too fast', () => {
  const { server, next, person, open, keep } = ircRig(startInspircd)

  it('sends thirty lines without being disconnected, while replies to other channels go out too', async () => {
    const { bot, channel } = open({ IRC_CHANNELS: '#loud,#quiet' })
    await bot.connected
    expect(channel).not.toBe('#loud')
    const alice = await person('alice', '#loud', '#quiet')
    alice.send('PRIVMSG #loud :!help', 'PRIVMSG #quiet :!ping')
    const [help, ping] = [await bot.call('/help'), await bot.call('/ping')]
    const lines = Array.from({ length: 30 }, (_, at) => `/command${at} – ${'what it does '.repeat(12)}`.trim())
    const loud = bot.platform.deliver(say(lines.join('\n')), help)
    await bot.platform.deliver(say('pong'), ping)
    await alice.sync()
    expect(alice.heard('bot', '#quiet')).toEqual(['pong'])
    expect(alice.heard('bot', '#loud').length).toBeLessThan(30)
    await loud
    await alice.sync()
    expect(alice.heard('bot', '#loud')).toEqual(lines)
    expect(alice.lines.filter((line) => / QUIT /.test(line))).toEqual([])
  })

  it('does not send a private reply to somebody who has taken the caller’s nick', async () => {
    const { bot, channel } = open()
    await bot.connected
    const alice = await person('alice', channel)
    alice.send(`PRIVMSG ${channel} :!secret`)
    const call = await bot.call('/secret')
    alice.send('QUIT')
    await expect
      .poll(() => bot.platform.deliver(whisper('1234'), call).catch(({ message }) => message))
      .toMatch(/has left/)
    const other = await ircClient(server().port, 'alice', { user: 'other', channels: [channel] })
    keep(other)
    await expect(bot.platform.deliver(whisper('1234'), call)).rejects.toMatchObject({ retryAdvice: { retry: false } })
    await other.sync()
    expect(other.heard('bot', 'alice')).toEqual([])
  })

  it.each([
    ['is banned', '+b bot!*@*', /banned/],
    ['is not invited', '+i', /invite/],
    ['has no key', '+k other', /key/],
    ['would exceed its limit', '+l 1', /full/],
  ])('logs why it is not in a channel if it %s', async (_, mode, reason) => {
    const alice = await person('alice', next())
    alice.send(`MODE ${next()} ${mode}`)
    await alice.sync()
    const { bot, channel } = open()
    await bot.connected
    expect(bot.warnings.join()).toMatch(reason)
    if (mode !== '+i') return
    alice.send(`INVITE bot ${channel}`)
    await alice.waitFor(/:bot!\S+ JOIN/)
  })

  it('ignores notices of other bots, actions and its own lines', async () => {
    const { bot, channel } = open()
    await bot.connected
    const alice = await person('alice', channel)
    alice.send(
      `NOTICE ${channel} :!drop`,
      'NOTICE bot :help',
      `PRIVMSG ${channel} :\x01ACTION !drop\x01`,
      'PRIVMSG bot :\x01VERSION\x01',
    )
    alice.send(`PRIVMSG ${channel} :!ping`)
    await bot.platform.deliver(say('ping\nbot: drop\nhelp'), await bot.call('/ping'))
    alice.send(`PRIVMSG ${channel} :!pong`)
    await bot.call('/pong')
    expect(bot.calls.map(({ text }) => text)).toEqual(['/ping', '/pong'])
    expect(alice.lines.filter((line) => /VERSION/.test(line))).toEqual([])
  })

  it('does not run what was typed before it joined, even if the channel replays it', async () => {
    const room = next()
    const alice = await person('alice', room)
    alice.send(`MODE ${room} +H 50:1h`, `PRIVMSG ${room} :!drop everything`)
    await alice.sync()
    const late = keep(await ircClient(server().port, 'late', { channels: [room] }))
    expect(await late.waitFor('!drop everything')).toContain('PRIVMSG') // without batches, it looks like any other line
    const { bot } = open()
    await bot.connected
    alice.send(`PRIVMSG ${room} :!ping`)
    await bot.call('/ping')
    expect(bot.calls.map(({ text }) => text)).toEqual(['/ping'])
  })

  it('tells the caller if the call could not be stored', async () => {
    const { channel } = open({ IRC_NICK: 'other' })
    const bot = connectIrc({ IRC_URL: server().url, IRC_NICK: 'bot', IRC_CHANNELS: channel }, () =>
      Promise.reject(new Error('full')),
    )
    keep(bot)
    await bot.connected
    const alice = await person('alice', channel)
    alice.send(`PRIVMSG ${channel} :!ping`)
    expect(await alice.waitFor(/bot!\S+ NOTICE alice/)).toContain('type it again')
  })
})
