import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { mattermost } from '../../../src/platforms/mattermost/index.js'
import { type Mattermost, newId, startMattermost } from '../../fixtures/mattermost.js'

describe('A bot with Mattermost on', () => {
  let server: Mattermost
  let bot: Bot
  let url: string
  let token: string

  beforeEach(async () => {
    server = await startMattermost()
    token = newId()
    bot = createBot({
      env: {
        MATTERMOST_URL: server.url,
        MATTERMOST_BOT_TOKEN: server.botToken,
        MATTERMOST_COMMAND_TOKENS: token,
        SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      },
      port: 0,
      host: '127.0.0.1',
      storeUrl: 'memory:',
      commandsDir: './commands',
      shutdownSeconds: 1,
      platforms: [mattermost],
      log: silentLogger,
    })
    const { port } = await bot.start()
    url = `http://127.0.0.1:${port}/mattermost/command`
  })
  afterEach(async () => {
    await bot.stop()
    await server.close()
  })

  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const type = (body: string) => fetch(url, { method: 'POST', headers, body })

  it('answers at once with JSON that posts nothing, and in the channel with the command’s reply', async () => {
    const answer = await type(server.typed('/ping', token))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await answer.text()).toBe('{}')
    await expect.poll(() => server.posts).toHaveLength(1)
  })

  it('runs what was delivered twice once', async () => {
    const body = server.typed('/ping', token)
    expect(await Promise.all([type(body), type(body)].map(async (answer) => (await answer).status))).toEqual([200, 200])
    await type(server.typed('/ping', token))
    await expect.poll(() => server.posts).toHaveLength(2)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(server.posts).toHaveLength(2)
  })

  it('lets a command in by GET where it was set up so', async () => {
    expect((await fetch(`${url}?${server.typed('/ping', token)}`)).status).toBe(200)
    await expect.poll(() => server.posts).toHaveLength(1)
    expect((await fetch(`${url}?${server.typed('/ping', newId())}`)).status).toBe(401)
  })

  it('lets nothing in with a token that is none', async () => {
    const forged = await type(server.typed('/ping', newId()))
    expect(forged.status).toBe(401)
    expect(await forged.text()).not.toContain('unknown token')
    expect(server.posts).toHaveLength(0)
  })
})
