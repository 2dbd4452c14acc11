import { describe, it } from 'vitest'
import { platformContract } from '../../../src/testing/platform-contract.js'
import { newId, readMarkdown, startMattermost, type Typed } from '../../fixtures/mattermost.js'
import { startMattermostBot, toCommand } from './bot.js'

describe('Mattermost', () => {
  platformContract({ describe, it }, async () => {
    const server = await startMattermost()
    const bot = startMattermostBot(server)
    await bot.platform.register?.({ apply: true })
    const [command] = server.commands.values()
    const token = command?.token ?? ''
    const hour = 3_600_000
    const typed = (text: string, changed: Typed = {}) =>
      toCommand(server.typed(text, token, { hook: false, ...changed }))
    return {
      platform: bot.platform,
      genuine: (text, message) => typed(text, message ? { message } : {}),
      forged: (text) => toCommand(server.typed(text, newId())),
      unsigned: (text) => typed(text, { fields: { token: undefined } }),
      stale: (text) => typed(text, { at: Date.now() - hour }),
      future: (text) => typed(text, { at: Date.now() + hour }),
      foreign: (text) => typed(text, { fields: { team_id: newId() } }),
      ignored: () => [typed('', {}), typed('ping', {}), typed('/ping', { fields: { channel_id: '../../users' } })],
      acknowledge: ({ body }, request) => server.acked(request.body.toString(), body),
      answerNext: (status, headers = {}) => server.instead(/posts$/, { status, headers }),
      cutNext: () => server.instead(/posts$/, { status: 0 }),
      disconnect: server.close,
      shown: () => server.posts.map(({ message }) => readMarkdown(message)),
      async close() {
        await bot.close()
        await server.close()
      },
    }
  })
})
