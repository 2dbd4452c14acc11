import { describe, expect, it } from 'vitest'
import { say, whisper } from '../../src/model/reply.js'
import { ircRig } from '../fixtures/irc-rig.js'
import { startInspircd, startNgircd } from '../fixtures/irc-servers.js'

const servers = { InspIRCd: startInspircd, ngIRCd: startNgircd }

describe.each(Object.entries(servers))('on %s', (_, start) => {
  const { server, next, person, open } = ircRig(start)

  it('answers commands in the channel and in private', async () => {
    const { bot, channel } = open()
    await bot.connected
    const alice = await person('alice', channel)
    alice.send(`PRIVMSG ${channel} :!deploy status`, `PRIVMSG ${channel} :hello`, 'PRIVMSG bot :help')
    const [inRoom, alone] = [await bot.call('/deploy status'), await bot.call('/help')]
    expect(bot.calls).toHaveLength(2)
    expect(inRoom).toMatchObject({ room: { id: channel }, user: { name: 'alice', unproven: true } })
    await bot.platform.deliver(say('All is well.'), inRoom)
    await bot.platform.deliver(whisper('Only you.'), inRoom)
    await bot.platform.deliver(say('Alone.'), alone)
    await alice.sync()
    expect(alice.heard('bot', channel)).toEqual(['All is well.'])
    expect(alice.heard('bot', 'alice')).toEqual(['Only you.', 'Alone.'])
    expect(alice.lines.find((line) => line.includes('Only you.'))).toContain(' NOTICE alice ')
    expect(alice.lines.find((line) => line.includes('Alone.'))).toContain(' PRIVMSG alice ')
  })

  it('sends long texts completely, split between characters, with their indentation', async () => {
    const { bot, channel } = open()
    await bot.connected
    const alice = await person('alice', channel)
    alice.send(`PRIVMSG ${channel} :!text`)
    const call = await bot.call('/text')
    const line = `    if (ready) { ${'grüße 👩‍💻 日本語 '.repeat(40)}}`
    await bot.platform.deliver(say(`begin\n${line}\n\nend`), call)
    await alice.sync()
    const heard = alice.heard('bot', channel)
    expect([heard[0], heard.at(-2)?.trim(), heard.at(-1)]).toEqual(['begin', '', 'end'])
    expect(heard.slice(1, -2).join(' ').replace(/ +/g, ' ').trim()).toBe(line.replace(/ +/g, ' ').trim()) // ngIRCd drops trailing spaces
    expect(heard[1]).toMatch(/^ {4}if/)
    for (const one of alice.lines) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(510)
  })

  it('ignores people who are not in the channel', async () => {
    const { bot, channel } = open()
    await bot.connected
    const mallory = await person('mallory')
    const alice = await person('alice', channel)
    mallory.send(`PRIVMSG ${channel} :!drop everything`)
    await mallory.sync()
    alice.send(`PRIVMSG ${channel} :!ping`)
    await bot.call('/ping')
    expect(bot.calls.map(({ text }) => text)).toEqual(['/ping'])
  })

  it('takes another nick while its own is taken, and its own once that is free', async () => {
    const holder = await person('bot')
    const { bot, channel } = open()
    await bot.connected
    const alice = await person('alice', channel)
    expect(bot.warnings.join()).toContain('bot is taken')
    alice.send(`PRIVMSG ${channel} :bot_: ping`, `PRIVMSG ${channel} :bot: pong`)
    await bot.call('/ping')
    await bot.call('/pong')
    holder.send(`JOIN ${channel}`)
    await holder.waitFor(' 366 ')
    holder.send('QUIT :bye')
    await alice.waitFor(/bot_!\S+ NICK :?bot$/)
  })

  it('shortens a nick that is too long', async () => {
    const { bot, channel } = open({ IRC_NICK: 'a-bot-with-a-very-long-name-indeed' })
    await bot.connected
    const alice = await person('alice', channel)
    const joined = await person('carol', channel)
    alice.send(`PRIVMSG ${channel} :!ping`)
    await bot.platform.deliver(say('pong'), await bot.call('/ping'))
    await joined.sync()
    expect(joined.lines.some((line) => /^:a-bot-wi\S*!\S+ PRIVMSG/.test(line))).toBe(true)
  })

  it('comes back after a kick, and logs the reason', async () => {
    const alice = await person('alice', next())
    const { bot, channel } = open()
    await bot.connected
    alice.send(`PRIVMSG ${channel} :!ping`)
    const call = await bot.call('/ping')
    const before = alice.lines.length
    alice.send(`KICK ${channel} bot :too loud`)
    await expect.poll(() => bot.warnings.join()).toContain('kicked: too loud')
    await expect(bot.platform.deliver(say('pong'), call)).rejects.toMatchObject({ retryAdvice: { retry: true } })
    await alice.waitFor(/:bot!\S+ JOIN/, before)
    await expect
      .poll(() =>
        bot.platform.deliver(say('pong'), call).then(
          () => 'said',
          () => 'not yet',
        ),
      )
      .toBe('said')
  })

  it('joins a channel with its key, and retries in a moderated one', async () => {
    const alice = await person('alice', next())
    alice.send(`MODE ${next()} +k sesame`)
    await alice.sync()
    const { bot, channel } = open({ IRC_CHANNELS: `${next()} sesame` })
    await bot.connected
    expect(bot.warnings).toEqual([])
    const room = channel
    expect(channel).toBe(room)
    alice.send(`PRIVMSG ${room} :!ping`)
    const call = await bot.call('/ping')
    alice.send(`MODE ${room} +m`)
    await alice.sync()
    const refused = bot.platform.deliver(say('pong'), call)
    await expect(refused).rejects.toMatchObject({ retryAdvice: { retry: true } })
    alice.send(`MODE ${room} -m`)
    await alice.sync()
    await bot.platform.deliver(say('pong'), call)
  })

  it('notices that the server is gone', async () => {
    const { bot } = open()
    await bot.connected
    await server().kill()
    await expect(bot.ended).rejects.toMatchObject({ code: 'connection', slow: false })
    await server().start()
  })

  it('says goodbye when it leaves', async () => {
    const { bot, channel } = open()
    await bot.connected
    const alice = await person('alice', channel)
    await bot.leave()
    expect(await alice.waitFor(/:bot!\S+ QUIT/)).toContain('Slashroom is stopping')
  })
})
