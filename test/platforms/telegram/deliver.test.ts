import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asDeliveryError } from '../../../src/delivery/retry-rule.js'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import {
  type Chat,
  kim,
  kimsTalk,
  ops,
  startTelegram,
  type Telegram,
  type TelegramOptions,
} from '../../fixtures/telegram.js'
import { startTelegramBot, type TelegramBot, toRequest } from './bot.js'

let server: Telegram
let bot: TelegramBot
async function start(options: TelegramOptions = {}) {
  server = await startTelegram(options)
  bot = startTelegramBot(server)
}
beforeEach(() => start())
afterEach(async () => {
  vi.useRealTimers()
  await bot.close()
  await server.close()
})

const deliver = (reply: Reply, invocation: Invocation) => bot.platform.deliver(reply, invocation)
const failure = (reply: Reply, invocation: Invocation) =>
  deliver(reply, invocation).then(
    () => expect.fail('it was delivered'),
    (error: unknown) => asDeliveryError(error).retryAdvice,
  )
const shown = () => server.messages.map(({ chat, text, receiver }) => [chat, text, ...(receiver ? [receiver] : [])])
const typed = (changed: Readonly<Record<string, unknown>> = {}) => bot.take(server.typed('/ping', changed))
/** A chat of its own, in which no message has to wait for its turn. */
const another = (chat: Chat): Chat => {
  server.chats.set(chat.id, chat)
  return chat
}

describe('a reply', () => {
  it('is shown in the chat, in the topic of the command', async () => {
    const forum = another({ id: -3001, type: 'supergroup', title: 'Works' })
    await deliver(say('a < b & "c"'), await typed({ chat: forum, message_thread_id: 44, is_topic_message: true }))
    expect(server.messages[0]).toMatchObject({ chat: -3001, thread: 44, text: 'a < b & "c"', silent: false })
  })

  it('makes nobody’s device sound where it says so', async () => {
    await deliver(say('quiet', { notify: false }), await typed())
    expect(server.messages[0]?.silent).toBe(true)
  })

  it('replaces an earlier one with the same update key, even with the same text or from another process', async () => {
    const invocation = await typed()
    await deliver(say('0 %', { updateKey: 'progress' }), invocation)
    await deliver(say('50 %', { updateKey: 'progress' }), invocation)
    const other = startTelegramBot(server, { store: bot.store })
    await other.platform.deliver(card({ title: '100 %' }, { updateKey: 'progress' }), invocation)
    await other.platform.deliver(card({ title: '100 %' }, { updateKey: 'progress' }), invocation)
    await other.close()
    expect(shown()).toEqual([[-2001, '100 %']])
  })

  it('is said anew where the earlier one was deleted', async () => {
    const invocation = await typed()
    await deliver(say('0 %', { updateKey: 'progress' }), invocation)
    server.messages.splice(0)
    await deliver(say('50 %', { updateKey: 'progress' }), invocation)
    expect(shown()).toEqual([[-2001, '50 %']])
  })

  it('waits for as long as the service says', async () => {
    server.instead(/send/, { status: 429, body: { ok: false, error_code: 429, parameters: { retry_after: 14 } } })
    expect(await failure(say('x'), await typed())).toMatchObject({ retry: true, retryAfterMs: 14_000 })
  })

  it('goes to the supergroup that the group has become meanwhile', async () => {
    const invocation = await typed()
    another({ id: -1009, type: 'supergroup', title: 'Ops' })
    server.moved.set(-2001, -1009)
    await deliver(say('one'), invocation)
    await deliver(say('two', { updateKey: 'x' }), invocation)
    expect(shown()).toEqual([
      [-1009, 'one'],
      [-1009, 'two'],
    ])
    expect(server.calls(/send/)).toHaveLength(3) // it asks only once
    expect((await typed({ chat: { id: -1009, type: 'supergroup', title: 'Ops' } })).installation).toBe('-2001')
  })

  it('changes nothing over there in the group that was, but is said anew in the supergroup', async () => {
    const invocation = await typed()
    await deliver(say('0 %', { updateKey: 'x' }), invocation)
    another({ id: -1009, type: 'supergroup', title: 'Ops' })
    server.moved.set(-2001, -1009)
    await deliver(say('50 %', { updateKey: 'x' }), invocation)
    await deliver(say('100 %', { updateKey: 'x' }), invocation)
    expect(shown()).toEqual([
      [-2001, '0 %'],
      [-1009, '100 %'],
    ])
  })

  it('ends the installation where the bot was thrown out', async () => {
    const invocation = await typed()
    server.out.add(ops.id)
    expect(await failure(say('x'), invocation)).toMatchObject({ retry: false, uninstalled: true })
    expect(await bot.platform.isInstalled?.(invocation.installation)).toBe(false)
  })

  it('does not end it where the bot may not write there', async () => {
    const invocation = await typed()
    const description = 'Bad Request: not enough rights to send text messages to the chat'
    server.instead(/send/, { status: 400, body: { ok: false, error_code: 400, description } })
    expect(await failure(say('x'), invocation)).toMatchObject({ retry: false })
    expect(await bot.platform.isInstalled?.(invocation.installation)).toBe(true)
  })

  it('is sent as a file, with its text as the caption', async () => {
    await deliver(file('log.txt', 'äöü', { text: 'the <log>' }), await typed())
    expect(server.messages[0]).toMatchObject({
      text: 'the <log>',
      file: { name: 'log.txt', bytes: Buffer.from('äöü') },
    })
  })

  it('names a file that is empty, which the service refuses', async () => {
    await deliver(file('log.txt', ''), await typed())
    expect(shown()).toEqual([[-2001, 'log.txt (0 bytes) is empty.']])
  })
})

describe('the pace', () => {
  it('is one message a second in a chat', async () => {
    await bot.close()
    await server.close()
    await start({ floodMs: 400 })
    const invocation = await typed()
    for (const text of ['1', '2', '3']) await deliver(say(text), invocation)
    expect(shown().map(([, text]) => text)).toEqual(['1', '2', '3'])
    expect(server.calls(/send/)).toHaveLength(3)
  })

  it('leaves to the outbox what would have to wait for long in a group', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const invocation = await typed()
    for (let n = 0; n < 20; n++) {
      vi.advanceTimersByTime(1_000)
      await deliver(say(`${n}`), invocation)
    }
    vi.advanceTimersByTime(1_000)
    const { retry, retryAfterMs = 0, installationWide } = await failure(say('20'), invocation)
    expect([retry, installationWide, retryAfterMs]).toEqual([true, true, 40_000])
    expect(server.messages).toHaveLength(20)
    vi.advanceTimersByTime(40_000)
    await deliver(say('20'), invocation)
    expect(server.messages).toHaveLength(21)
  })
})

describe('what is for the caller alone', () => {
  it('is seen by nobody else in a group where the bot is an administrator', async () => {
    server.admin.add(ops.id)
    const invocation = await typed()
    await deliver(whisper('psst'), invocation)
    expect(shown()).toEqual([[-2001, 'psst', 1001]])
  })

  it('answers a message that all others do not see, within its seconds', async () => {
    const invocation = await typed({ message_id: 0, ephemeral_message_id: 77 })
    await deliver(whisper('psst'), invocation)
    expect(shown()).toEqual([[-2001, 'psst', 1001]])
    expect(server.calls(/sendMessage/)[0]?.args['reply_parameters']).toEqual({ ephemeral_message_id: 77 })
  })

  it('goes to the talk with the bot after them', async () => {
    const invocation = await typed({ message_id: 0, ephemeral_message_id: 77 })
    const replyTo = { ...(invocation.replyTo as object), until: Date.now() }
    await deliver(whisper('psst'), { ...invocation, replyTo })
    expect(shown()).toEqual([[1001, 'psst']])
  })

  it('answers a press so, too', async () => {
    await deliver(whisper('psst'), await bot.take(server.pressed('/ping')))
    expect(shown()).toEqual([[-2001, 'psst', 1001]])
  })

  it('goes to the caller’s talk with the bot where that is refused, and is not tried in vain again', async () => {
    const invocation = await typed()
    await deliver(whisper('one'), invocation)
    await deliver(whisper('two'), invocation)
    expect(shown()).toEqual([
      [1001, 'one'],
      [1001, 'two'],
    ])
    expect(server.calls(/sendMessage/)).toHaveLength(3)
  })

  it('is said aloud to who has no talk with the bot, or has blocked it', async () => {
    const ann = { id: 1003, is_bot: false, first_name: 'Ann <b>' }
    const [fresh, blocked] = [await typed({ from: ann }), await typed({ chat: another({ ...ops, id: -2002 }) })]
    server.chats.set(1003, { id: 1003, type: 'private' })
    server.out.add(kim.id)
    await deliver(whisper('one'), fresh)
    await deliver(whisper('two'), blocked)
    expect(shown()).toEqual([
      [-2001, 'Ann <b>: one'],
      [-2002, 'Kim Lee: two'],
    ])
    expect(server.messages[0]?.html).toContain('tg://user?id=1003')
    expect(server.messages[0]?.answers).toEqual(expect.any(Number))
    expect(await bot.platform.isInstalled?.('-2002')).toBe(true)
  })

  it('is never shown to all by a server that overlooks for whom it is', async () => {
    await bot.close()
    await server.close()
    await start({ ephemeral: false })
    server.admin.add(ops.id)
    await deliver(whisper('psst'), await typed())
    expect(server.calls(/sendMessage/).map(({ args }) => args['chat_id'])).toEqual([1001])
    expect(shown()).toEqual([[1001, 'psst']])
  })

  it('is taken back where a server shows it to all in spite of what it said', async () => {
    await bot.close()
    await server.close()
    await start({ ephemeral: false })
    server.instead(/deleteEphemeralMessage/, { status: 400, body: { ok: false, error_code: 400, description: 'x' } })
    await deliver(whisper('psst'), await typed())
    expect(shown()).toEqual([[1001, 'psst']])
    expect(server.calls(/^deleteMessage/)).toHaveLength(1)
  })

  it('is changed in place where it was shown to nobody else', async () => {
    server.admin.add(ops.id)
    const invocation = await typed()
    await deliver(whisper('0 %', { updateKey: 'x' }), invocation)
    await deliver(whisper('50 %', { updateKey: 'x' }), invocation)
    expect(shown()).toEqual([[-2001, '50 %', 1001]])
    await deliver(say('done', { updateKey: 'x' }), invocation)
    expect(shown()).toEqual([
      [-2001, '50 %', 1001],
      [-2001, 'done'],
    ])
  })

  it('is as good as aloud in a talk with the bot', async () => {
    await deliver(whisper('psst'), await typed({ chat: kimsTalk }))
    expect(shown()).toEqual([[1001, 'psst']])
    expect(server.calls(/Ephemeral/)).toEqual([])
  })

  it('goes to nobody where nobody asked', async () => {
    expect(await failure(whisper('psst'), { ...(await typed()), scheduled: 'ping' })).toMatchObject({ retry: false })
    expect(shown()).toEqual([])
  })

  it('is said aloud to the group that speaks as itself', async () => {
    const anonymous = { from: { id: 1_087_968_824, is_bot: true, first_name: 'Group' }, sender_chat: ops }
    await deliver(whisper('psst'), await typed(anonymous))
    expect(shown()).toEqual([[-2001, 'psst']])
    expect(server.received.map(({ method }) => method)).toEqual(['sendMessage']) // nobody else is looked for
  })
})

describe('a button', () => {
  const line = `/deploy rollback ${'x'.repeat(100)}`
  const dataOf = () => String(server.messages.at(-1)?.buttons[0]?.['callback_data'])

  it('types a line that it has no room for', async () => {
    await deliver(card({ title: 'x', buttons: [{ label: 'Back', command: line }] }), await typed())
    expect(Buffer.byteLength(dataOf())).toBeLessThanOrEqual(64)
    expect((await bot.take(server.pressed(dataOf()))).text).toBe(line)
  })

  it('types no such line in another chat', async () => {
    await deliver(card({ title: 'x', buttons: [{ label: 'Back', command: line }] }), await typed())
    const message = { message_id: 1, date: 1, chat: { ...ops, id: -2002 } }
    expect(await bot.hear(server.pressed(dataOf(), { message }))).toBeUndefined()
  })

  it('of what was said in the caller’s own talk types its line in the group that it is about', async () => {
    const asked = await typed({
      chat: another({ id: -3001, type: 'supergroup', title: 'Works' }),
      message_thread_id: 4,
      is_topic_message: true,
    })
    await deliver(
      { ...card({ title: 'Sure?', buttons: [{ label: 'Yes', command: '/confirm abc' }] }), audience: 'caller' },
      asked,
    )
    expect(shown()).toEqual([[1001, 'Sure?']])
    const answer = await bot.take(server.pressed(dataOf(), { message: { message_id: 1, date: 1, chat: kimsTalk } }))
    expect([answer.text, answer.installation, answer.tenant, answer.room]).toEqual([
      '/confirm abc',
      asked.installation,
      asked.tenant,
      asked.room,
    ])
    expect(answer.user.id).toBe('1001')
    await deliver(say('done'), answer)
    expect(server.messages.at(-1)).toMatchObject({ chat: -3001, thread: 4, text: 'done' })
  })

  it('that leads back to a group is of no use to who made it up', async () => {
    await typed()
    for (const data of ['~aaaaaaaaaaaaaaaa', '/confirm abc']) {
      const found = await bot.hear(server.pressed(data, { message: { message_id: 1, date: 1, chat: kimsTalk } }))
      expect(found?.installation).not.toBe('-2001')
    }
  })
})

describe('the answer in a webhook’s response', () => {
  const answer = async (reply: Reply, update = server.typed('/ping')) => {
    const verified = await bot.platform.verify(toRequest(update))
    const { invocation } = bot.platform.decode(verified)
    if (!invocation) return expect.fail('nothing was asked')
    return (await bot.platform.answer?.(reply, verified, invocation))?.body
  }

  it('is the message itself, which the service takes', async () => {
    await server.acked(await answer(say('a < b')))
    await server.acked(
      await answer(
        card({ title: 'web', buttons: [{ label: 'Go', command: '/go' }] }),
        server.typed('/ping', { chat: another({ ...ops, id: -2002 }) }),
      ),
    )
    await server.acked(await answer(whisper('psst'), server.typed('/ping', { chat: kimsTalk })))
    expect(shown()).toEqual([
      [-2001, 'a < b'],
      [-2002, 'web'],
      [1001, 'psst'],
    ])
  })

  it.each<[string, Reply]>([
    ['is for the caller of a group alone', whisper('psst')],
    ['is a file', file('x.txt', 'x')],
    ['may be refused', card({ title: 'x', buttons: [{ label: 'x', url: 'https://x.example/' }] })],
  ])('is not what %s', async (_, reply) => {
    expect(await answer(reply)).toBeUndefined()
  })

  it('has buttons that can be pressed, also where their lines are long', async () => {
    const line = `/${'x'.repeat(90)}`
    await server.acked(await answer(card({ title: 'x', buttons: [{ label: 'x', command: line }] })))
    expect((await bot.take(server.pressed(String(server.messages[0]?.buttons[0]?.['callback_data'])))).text).toBe(line)
  })

  it('is not one to a press, whose own answer rides there', async () => {
    expect(await answer(say('x'), server.pressed('/ping'))).toBeUndefined()
  })

  it('is not one that would come too soon after another message', async () => {
    expect(await answer(say('one'))).toBeDefined()
    expect(await answer(say('two'))).toBeUndefined()
  })
})
