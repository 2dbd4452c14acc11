import { TelegramServer } from 'telegram-test-api/lib/telegramServer.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { freePort } from '../../fixtures/free-port.js'

const token = '666:sample-token'

describe('a bot in telegram-test-api, which others test theirs with', () => {
  let server: TelegramServer
  let bot: Bot
  beforeEach(async () => {
    server = new TelegramServer({ port: await freePort(), host: '127.0.0.1' })
    await server.start()
    const port = await freePort()
    bot = createBot({
      env: { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: server.config.apiURL },
      port,
      host: '127.0.0.1',
      baseUrl: `http://127.0.0.1:${port}`,
      storeUrl: 'memory:',
      commandsDir: 'commands',
      shutdownSeconds: 2,
      log: silentLogger,
    })
    await bot.start()
  })
  afterEach(async () => {
    await bot.stop()
    await server.stop()
  })

  /** What the bot has said, as it stands there now. */
  const said = () => server.storage.botMessages.map(({ message }) => message)
  const last = () => said().at(-1)
  const buttonOf = (label: string) => {
    const { inline_keyboard: rows = [] } = (last()?.reply_markup ?? {}) as { inline_keyboard?: Button[][] }
    return String(rows.flat().find(({ text }) => text.includes(label))?.callback_data)
  }

  it('answers /deploy status, and a rollback that is confirmed by a button', async () => {
    const client = server.getClient(token)
    const type = async (line: string) => void (await client.sendCommand(client.makeCommand(line)))
    const press = async (label: string) =>
      void (await client.sendCallback(
        client.makeCallbackQuery(buttonOf(label), { message: { message_id: 1 } as never }),
      ))

    await type('/deploy status --env staging')
    await expect.poll(() => last()?.text).toContain('runs on staging')
    for (const version of ['1.1.0', '1.2.0']) {
      await type(`/deploy start website ${version} --env staging`)
      await expect.poll(() => last()?.text).toContain(`${version} is on staging`)
    }
    await type('/deploy rollback website --env staging')
    await expect.poll(() => last()?.text).toContain('Restore the last good version?')
    await press('Yes')
    await expect.poll(() => last()?.text).toContain('1.1.0 is back on staging')
  })
})

interface Button {
  readonly text: string
  readonly callback_data?: string
}
