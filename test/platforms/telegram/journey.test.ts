import { afterEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { freePort } from '../../fixtures/free-port.js'
import { kim, kimsTalk, ops, startTelegram, type Telegram } from '../../fixtures/telegram.js'

let server: Telegram
const bots: Bot[] = []
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.stop()))
  await server.close()
})

/** A bot with the commands of this repository; by a webhook, or by asking. */
async function start(by: 'webhook' | 'polling', storeUrl = 'memory:') {
  const port = await freePort()
  const bot = createBot({
    env: { TELEGRAM_BOT_TOKEN: server.botToken, TELEGRAM_API_URL: server.url },
    port,
    host: '127.0.0.1',
    baseUrl: by === 'webhook' ? 'https://bot.example.com' : `http://127.0.0.1:${port}`,
    storeUrl,
    commandsDir: 'commands',
    register: 'auto',
    shutdownSeconds: 2,
    log: silentLogger,
  })
  bots.push(bot)
  await bot.start()
  const url = `http://127.0.0.1:${port}`
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)
  const address = `${url}/telegram/webhook`
  const send = async (update: ReturnType<Telegram['update']>) => {
    if (by === 'webhook') expect(await server.post(address, update)).toBe(200)
    else server.queue(update)
  }
  return { bot, url, address, send }
}

const shown = () => server.messages.map(({ text }) => text)
const lastButton = (label: string) =>
  String(
    server.messages.flatMap(({ buttons }) => buttons).findLast(({ text }) => String(text).includes(label))?.[
      'callback_data'
    ],
  )

describe.each(['webhook', 'polling'] as const)('a bot in Telegram, by %s', (by) => {
  it('answers /deploy status, and a rollback that is confirmed by a button', async () => {
    server = await startTelegram()
    const { send } = await start(by)
    await send(server.typed('/deploy_status@deploy_bot --env staging'))
    await expect.poll(shown).toEqual([expect.stringContaining('runs on staging')])
    expect(server.messages[0]?.buttons.map(({ text }) => text)).toContain('History')

    for (const version of ['1.1.0', '1.2.0']) {
      await send(server.typed(`/deploy start website ${version} --env staging`))
      await expect.poll(() => shown().at(-1)).toContain(`${version} is on staging`)
    }
    const before = server.messages.length
    await send(server.typed('/deploy rollback website --env staging'))
    // The question is for the caller alone: where the bot is no administrator of the group, in their own talk with it.
    await expect.poll(() => server.messages.at(-1)?.chat).toBe(kimsTalk.id)
    expect(shown().at(-1)).toContain('Restore the last good version?')
    await send(server.pressed(lastButton('Yes'), { message: { message_id: 1, date: 1, chat: kimsTalk } }))
    await expect.poll(() => shown().at(-1)).toContain('1.1.0 is back on staging')
    expect(server.messages.slice(before + 1).map(({ chat }) => chat)).toEqual([ops.id, ops.id])
    await expect.poll(() => [...server.presses.values()].every(({ answered }) => answered)).toBe(true)
  })

  it('runs once what comes ten times', async () => {
    server = await startTelegram()
    const { send } = await start(by)
    const update = server.typed('/ping')
    for (let time = 0; time < 10; time++) await send(update)
    await send(server.typed('/ping', { chat: kimsTalk }))
    await expect.poll(() => server.messages.some(({ chat }) => chat === kimsTalk.id)).toBe(true)
    expect(server.messages.filter(({ chat }) => chat === ops.id)).toHaveLength(1)
  })
})

describe('a bot in Telegram', () => {
  it('answers in the response where the command ends soon', async () => {
    server = await startTelegram()
    const { send } = await start('webhook')
    await send(server.typed('/ping'))
    await expect.poll(shown).toHaveLength(1)
    expect(server.calls(/sendMessage/).map(({ inAck }) => inAck)).toEqual([true])
  })

  it('lets nobody in without the secret', async () => {
    server = await startTelegram()
    const { address } = await start('webhook')
    const update = server.typed('/ping')
    expect(await server.post(address, update, 'another')).toBe(401)
    expect(await server.post(address, update, '')).toBe(401)
    expect(await server.post(address, update)).toBe(200)
  })

  it('says how a command is used, and /help to whoever opens a talk with it', async () => {
    server = await startTelegram()
    const { send } = await start('polling')
    await send(server.typed('/start', { chat: kimsTalk, from: kim }))
    await expect.poll(shown).toEqual([expect.stringContaining('/deploy status')])
    await send(server.typed('/deploy status --env mars', { chat: kimsTalk }))
    await expect.poll(() => shown().at(-1)).toContain('mars')
  })
})
