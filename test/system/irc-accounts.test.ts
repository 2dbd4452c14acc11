import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Anope, startAnope } from '../fixtures/anope.js'
import { ircRig } from '../fixtures/irc-rig.js'
import { startInspircd } from '../fixtures/irc-servers.js'

describe('on a network with accounts', () => {
  const { server, person, open, keep } = ircRig(() => startInspircd({ casemapping: 'ascii' }))
  let anope: Anope
  beforeAll(async () => {
    anope = await startAnope(server())
  })
  afterAll(() => anope.stop())

  it('the bot logs in, and knows who else is logged in', async () => {
    const owner = await anope.register('botowner', 'sesame')
    owner.close()
    const { bot, channel } = open({ IRC_ACCOUNT: 'botowner', IRC_PASSWORD: 'sesame' })
    await bot.connected
    expect(bot.warnings).toEqual([])
    const alice = keep(await anope.register('Alice', 'open'))
    alice.send(`JOIN ${channel}`)
    await alice.waitFor(' 366 ')
    alice.send('WHOIS bot', 'NICK ally', `PRIVMSG ${channel} :!who`)
    expect(await alice.waitFor(/ 330 /)).toMatch(/ botowner /)
    expect((await bot.call('/who')).user).toEqual({ id: 'alice', name: 'ally', mention: 'ally', handle: 'Alice' })
    const thief = await person('Alice', channel)
    thief.send(`PRIVMSG ${channel} :!drop`)
    expect((await bot.call('/drop')).user).toMatchObject({ id: expect.stringMatching(/^alice!\S+@/), unproven: true })
  })

  it('a wrong password is reported without being shown, and retried slowly', async () => {
    const { bot } = open({ IRC_ACCOUNT: 'botowner', IRC_PASSWORD: 'wrong-one' })
    const failure = await bot.connected.catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'connection', slow: true, message: expect.stringContaining('IRC_ACCOUNT') })
    expect(String(failure)).not.toContain('wrong-one')
  })
})
