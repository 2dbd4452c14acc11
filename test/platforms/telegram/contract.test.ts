import { describe, it } from 'vitest'
import { platformContract } from '../../../src/testing/platform-contract.js'
import { ops, startTelegram, type Update } from '../../fixtures/telegram.js'
import { startTelegramBot, toRequest } from './bot.js'

describe('Telegram', () => {
  platformContract({ describe, it }, async () => {
    const server = await startTelegram()
    const bot = startTelegramBot(server)
    const known = new Map<string, Update>()
    // Each in a group of its own, so that no message has to wait for its turn.
    const typed = (text: string) => {
      const chat = { ...ops, id: ops.id - server.chats.size }
      server.chats.set(chat.id, chat)
      return server.typed(text, { chat })
    }
    const sameAs = (text: string, message: string) => {
      const update = known.get(message) ?? typed(text)
      known.set(message, update)
      return update
    }
    return {
      platform: bot.platform,
      genuine: (text, message) => toRequest(message === undefined ? typed(text) : sameAs(text, message)),
      forged: (text) => toRequest(typed(text), 'another'),
      unsigned: (text) => toRequest(typed(text), ''),
      ignored: () =>
        [
          server.typed('only talk'),
          server.typed('/status@another_bot'),
          server.update({ edited_message: { message_id: 1, date: 1, chat: ops, text: '/ping' } }),
          server.update({ my_chat_member: { chat: ops, date: 1, new_chat_member: { status: 'member' } } }),
          server.update({ inline_query: { id: '1', query: '/ping' } }),
          server.pressed('of another time'),
          server.update({}),
        ].map((update) => toRequest(update)),
      acknowledge: ({ body }) => void server.acked(body),
      answerNext: (status, headers = {}) => server.instead(/^send/, { status, headers }),
      cutNext: () => server.instead(/^send/, { status: 0, cut: true }),
      disconnect: server.close,
      shown: () => server.messages.map(({ text }) => text),
      async close() {
        await bot.close()
        await server.close()
      },
    }
  })
})
