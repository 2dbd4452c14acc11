import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { freePort } from '../../fixtures/free-port.js'
import { called, seen, startTeams, type Teams, type TokenChanges } from '../../fixtures/teams.js'
import { envOf } from './bot.js'

describe('a bot in Teams', () => {
  let server: Teams
  let bot: Bot
  let url: string
  beforeAll(async () => {
    server = await startTeams()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    bot = createBot({
      env: envOf(server),
      port,
      host: '127.0.0.1',
      baseUrl: url,
      storeUrl: 'memory:',
      commandsDir: 'commands',
      shutdownSeconds: 2,
      log: silentLogger,
    })
    await bot.start()
  })
  afterAll(async () => {
    await bot.stop()
    await server.close()
  })

  async function send(activity: Record<string, unknown>, changes: TokenChanges = {}): Promise<Response> {
    const { body, headers } = await server.sign(activity, changes)
    return await fetch(`${url}/teams/messages`, { method: 'POST', body, headers })
  }

  const shown = () => server.messages.map(seen)
  const shows = async (text: string) => await expect.poll(() => shown().join('\n')).toContain(text)

  it('brings a version back once the button says yes, and not before', async () => {
    await send(server.activity({ text: called('deploy start website 1.1.0 --env staging') }))
    await shows('website 1.1.0 is on staging')
    await send(server.activity({ text: called('deploy rollback website --env staging') }))
    await shows('Restore the last good version?')
    const [, code] = /Type (\/confirm \w+)/.exec(shown().join('\n')) ?? []
    expect(shown().join('\n')).not.toContain('is back on staging')
    const pressed = await send(server.pressed(String(code)))
    expect(await pressed.json()).toEqual({
      ...{ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: code },
    })
    await shows('website 1.0.0 is back on staging')
  })

  it('runs what comes ten times at once a single time, typed and pressed', async () => {
    for (const activity of [server.activity({ text: called('roll 2d6') }), server.pressed('/roll 2d6')]) {
      const before = shown().length
      const answers = await Promise.all(Array.from({ length: 10 }, () => send(activity)))
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
      await expect.poll(() => shown().length).toBe(before + 1)
      expect((await send(activity)).status).toBe(200)
      await send(server.activity({ text: called('ping') })) // what came before it has had its turn
      await expect.poll(() => shown().at(-1)).toContain('Pong')
      expect(shown().length).toBe(before + 2)
    }
  })

  it('answers a message with nothing but that it came', async () => {
    const answer = await send(server.activity({ text: called('ping') }))
    expect({ status: answer.status, said: await answer.text() }).toEqual({ status: 200, said: '' })
  })

  it('tells forgers nothing, and what is genuine to come again while the keys cannot be had', async () => {
    const forged = await send(server.activity(), { key: 'foreign' })
    expect(forged.status).toBe(401)
    expect(await forged.text()).not.toMatch(/key|signature|token/)
    server.rotateKeys()
    server.instead(/openid/, { status: 500 })
    const genuine = await send(server.activity())
    expect(genuine.status).toBe(503)
    expect(genuine.headers.get('retry-after')).toMatch(/^\d+$/)
    await expect.poll(async () => (await send(server.activity())).status, { interval: 200 }).toBe(200)
  })
})
