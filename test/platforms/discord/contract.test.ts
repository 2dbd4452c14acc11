import { describe, it } from 'vitest'
import { platformContract } from '../../../src/testing/platform-contract.js'
import { seen, startDiscord } from '../../fixtures/discord.js'
import { startDiscordBot, toRequest } from './bot.js'

describe('Discord', () => {
  platformContract({ describe, it }, async () => {
    const server = await startDiscord()
    const bot = startDiscordBot(server, { env: { DISCORD_BOT_TOKEN: server.botToken } })
    const asked: Record<string, unknown>[] = []
    const now = () => Math.floor(Date.now() / 1_000)
    const ids = new Map<string, string>()
    const idOf = (message: string) => {
      const known = ids.get(message) ?? String(1_500_000_000_000_000_000n + BigInt(ids.size))
      ids.set(message, known)
      return known
    }
    // A pressed button types its line as it stands.
    const pressed = (text: string, message?: string) => {
      const data = { component_type: 2, custom_id: `0 ${text}` }
      const interaction = server.interaction({ type: 3, data, ...(message ? { id: idOf(message) } : {}) })
      asked.push(interaction)
      return JSON.stringify(interaction)
    }
    return {
      platform: bot.platform,
      genuine: (text, message) => toRequest(server.sign(pressed(text, message))),
      forged: (text) => toRequest(server.sign(pressed(text), now(), 'foreign')),
      unsigned: (text) => toRequest({ body: pressed(text), headers: { 'content-type': 'application/json' } }),
      stale: (text) => toRequest(server.sign(pressed(text), now() - 301)),
      future: (text) => toRequest(server.sign(pressed(text), now() + 302)),
      foreign: (text) => {
        const body = JSON.stringify({ ...JSON.parse(pressed(text)), application_id: '1100000000000000009' })
        return toRequest(server.sign(body))
      },
      ignored: () =>
        [
          { type: 1, data: undefined },
          { type: 4 },
          { type: 5, data: { custom_id: 'x', components: [] } },
          { type: 3, data: { custom_id: 'of another time', component_type: 2 } },
          { type: 2, data: { id: '1', type: 3, name: 'About this message' } },
          { type: 99 },
        ].map((changed) => toRequest(server.sign(JSON.stringify(server.interaction(changed))))),
      acknowledge: ({ body }, request) => server.acked(JSON.parse(request.body.toString()), body),
      answerNext(status, headers = {}) {
        server.instead(/webhooks/, { status, headers })
        if (status === 403 || status === 404) server.instead(/channels/, { status, headers }) // the way after that
      },
      cutNext: () => server.instead(/webhooks/, { status: 0, cut: true }),
      disconnect: server.close,
      expire: () => asked.forEach(server.expire),
      shown: () => server.messages.map(seen),
      async close() {
        await bot.close()
        await server.close()
      },
    }
  })
})
