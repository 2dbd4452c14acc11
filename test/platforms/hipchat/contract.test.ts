import { describe, it } from 'vitest'
import { platformContract } from '../../../src/testing/platform-contract.js'
import { roomMessage, sign, startHipChat } from '../../fixtures/hipchat.js'
import { installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat', () => {
  platformContract({ describe, it }, async () => {
    const server = await startHipChat()
    const bot = await startHipChatBot()
    const client = await installClient(bot, server)
    const hour = 3_600
    const now = Math.floor(Date.now() / 1_000)
    const at = (iat: number) => ({ iat, exp: iat + 900 })
    const say = (text: string, message?: string) =>
      roomMessage(client, text, message ? { message: { id: message } } : {})
    return {
      platform: bot.platform,
      genuine: (text, message) => toRequest(client, say(text, message)),
      forged: (text) => toRequest(client, say(text), sign({ ...client, oauthSecret: 'another' })),
      unsigned: (text) => ({ ...toRequest(client, say(text)), headers: {} }),
      stale: (text) => toRequest(client, say(text), sign(client, at(now - hour))),
      future: (text) => toRequest(client, say(text), sign(client, at(now + hour))),
      foreign: (text) => toRequest(client, roomMessage({ ...client, oauthId: 'another' }, text)),
      ignored: () => [
        toRequest(client, say('hello')),
        toRequest(client, roomMessage(client, '/ping', { body: { event: 'room_notification' } })),
        toRequest(client, '{"event": "room_enter", "item": {}}'),
        toRequest(client, '{}'),
      ],
      acknowledge: ({ body }) => server.acked('2589171', body),
      answerNext: (status, headers = {}) => server.instead(/notification/, { status, headers }),
      cutNext: () => server.instead(/notification/, { cut: true }),
      disconnect: server.close,
      expire: () => server.revokeTokens(),
      shown: () => server.notifications.map(({ body }) => String(body['message'])),
      async close() {
        await bot.close()
        await server.close()
      },
    }
  })
})
