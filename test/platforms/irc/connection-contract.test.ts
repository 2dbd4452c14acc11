import { describe, expect, it } from 'vitest'
import { irc } from '../../../src/platforms/irc/index.js'
import { connectionContract, createPlatformDeps } from '../../../src/testing/platform-contract.js'
import { startIrc } from '../../fixtures/irc.js'

describe('IRC', () => {
  connectionContract({ describe, it }, async () => {
    const server = await startIrc()
    const deps = createPlatformDeps()
    const password = 'sesame'
    const env = { IRC_URL: server.url, IRC_NICK: 'bot', IRC_CHANNELS: '#ops', IRC_PASSWORD: password }
    const start = () => irc(env, deps) ?? expect.fail()
    const refused = (why: string, line: string, slow: boolean) => ({
      ...{ why, slow, secret: password },
      start() {
        server.refuseNext(line)
        return start()
      },
    })
    let count = 0
    return {
      start,
      say(text, message = String(++count)) {
        server.send(`@msgid=${message.replaceAll(' ', '-')} :kim!k@h PRIVMSG #ops :${text.replace('/', '!')}`)
      },
      babble() {
        server.send(':kim!k@h PRIVMSG #ops :only talk', ':kim!k@h NOTICE #ops :!ping', 'BATCH', ':', '\0\x01')
        server.send(':mallory!m@h PRIVMSG #ops :!ping', `:irc.test NOTICE * :${'x'.repeat(100_000)}`)
      },
      open: server.open,
      cut: server.cut,
      refusals: [
        refused('a wrong password', ':irc.test 464 bot :Password incorrect', true),
        refused('a ban', 'ERROR :Closing Link: 127.0.0.1 (K-Lined: go away)', true),
        refused('a nick that the server does not allow', ':irc.test 432 bot bot :Erroneous Nickname', true),
        refused('a full server', 'ERROR :Closing Link: 127.0.0.1 (Server full)', false),
      ],
      takeName: () => server.takeNick('bot'),
      tookLeave: server.quit,
      shown: () => server.said,
      async close() {
        await deps.close()
        await server.close()
      },
    }
  })
})
