import { describe, expect, it } from 'vitest'
import { telegram } from '../../../src/platforms/telegram/index.js'
import { connectionContract, createPlatformDeps } from '../../../src/testing/platform-contract.js'
import { startTelegram, type Update } from '../../fixtures/telegram.js'

describe('Telegram, asked for what has happened', () => {
  connectionContract({ describe, it }, async () => {
    const server = await startTelegram()
    const deps = createPlatformDeps({ baseUrl: 'http://localhost:3000' })
    const known = new Map<string, Update>()
    const start = (token = server.botToken) =>
      telegram({ TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: server.url }, deps) ?? expect.fail()
    const wrongToken = `1:${'x'.repeat(35)}`
    return {
      start,
      say(text, message = text) {
        const update = known.get(message) ?? server.typed(text)
        known.set(message, update)
        server.queue(update)
      },
      saysAgain: true,
      babble() {
        server.queue(server.typed('only talk'))
        server.queue(server.update({ message: 'x' }))
        server.queue({ update_id: 'none' } as never)
      },
      open: server.asking,
      cut: server.cut,
      refusals: [
        { why: 'a wrong token', slow: true, secret: wrongToken, start: () => start(wrongToken) },
        {
          why: 'a service that is down',
          slow: false,
          start() {
            server.instead(/getUpdates/, { status: 502 })
            return start()
          },
        },
      ],
      shown: () => server.messages.map(({ text }) => text),
      async close() {
        await deps.close()
        await server.close()
      },
    }
  })
})
