import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import { type Client, type HipChat, type RoomMessage, roomMessage, startHipChat } from '../../fixtures/hipchat.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('an answer in the acknowledgement of HipChat', () => {
  let server: HipChat
  let bot: HipChatBot
  let client: Client
  beforeAll(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
    client = await installClient(bot, server, { roomId: 40 })
    server.received.length = 0
  })
  afterAll(async () => {
    await bot.close()
    await server.close()
  })

  async function answer(reply: Reply, changed: RoomMessage = {}) {
    const verified = await bot.platform.verify(toRequest(client, roomMessage(client, '/ping', changed)))
    const { invocation } = bot.platform.decode(verified)
    if (!invocation) throw new Error('nothing was asked')
    return (await bot.platform.answer?.(reply, verified, invocation))?.body
  }

  it('is a notification below the message that asked, and takes neither request nor token', async () => {
    const message = { id: '7c8d9c6e-6d2f-4e1a-9b0a-000000000001' }
    server.acked('40', await answer(say('pong', { tone: 'good' }), { message }))
    server.acked('40', await answer(whisper('psst')))
    server.acked('40', await answer(card({ title: 'Deploy', image: 'https://ci.example.com/1.png' })))
    expect(server.notifications.map(({ body }) => body)).toMatchObject([
      { message: 'pong', message_format: 'text', color: 'green', notify: false, attach_to: message.id },
      { message: '@Kim psst' },
      { message: expect.stringContaining('Deploy'), card: { title: 'Deploy' } },
    ])
    expect(server.received).toEqual([])
  })

  it('is none for files, and where HipChat documents none: for what is not said to be a message', async () => {
    expect(await answer(file('a.txt', 'text'))).toBeUndefined()
    expect(await answer(say('pong'), { body: { event: undefined } })).toBeUndefined()
  })
})
