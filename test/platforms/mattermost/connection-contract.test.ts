import { describe, expect, it } from 'vitest'
import { mattermost } from '../../../src/platforms/mattermost/index.js'
import { connectionContract, createPlatformDeps } from '../../../src/testing/platform-contract.js'
import { newId, readMarkdown, startMattermost } from '../../fixtures/mattermost.js'

describe('Mattermost, over its websocket', () => {
  connectionContract({ describe, it }, async () => {
    const server = await startMattermost()
    const deps = createPlatformDeps()
    const ids = new Map<string, string>()
    const start = (token = server.botToken) =>
      mattermost({ MATTERMOST_URL: server.url, MATTERMOST_BOT_TOKEN: token }, deps) ?? expect.fail()
    const wrongToken = newId()
    return {
      start,
      say(text, message = newId()) {
        const id = ids.get(message) ?? newId()
        ids.set(message, id)
        server.say(text.replace(/^\//, '!'), { id })
      },
      saysAgain: true,
      babble() {
        server.say('only talk')
        server.edit(server.say('hello'), '!hello')
        server.socket.publish({ event: 'posted', data: { post: '{' } })
        server.socket.publish({ event: 'of_another_kind', data: {} })
      },
      open: server.socket.open,
      cut: () => server.socket.cut(),
      refusals: [
        { why: 'a wrong token', slow: true, secret: wrongToken, start: () => start(wrongToken) },
        {
          why: 'a server that is down',
          slow: false,
          start() {
            server.instead(/users\/me$/, { status: 502 })
            return start()
          },
        },
      ],
      shown: () => server.posts.map(({ message }) => readMarkdown(message)),
      async close() {
        expect(server.socket.faults).toEqual([])
        await deps.close()
        await server.close()
      },
    }
  })
})
