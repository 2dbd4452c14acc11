import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import type { State } from '../../src/simulator/world/state.js'
import { type Client, sign } from '../fixtures/hipchat.js'
import { type ForgedBot, moment, startForgedBot } from './bot.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('what is logged, at every level', () => {
  it('holds no secret, no token and nothing that people wrote, through success, failure and forgery', async () => {
    const { simulator, bot, stateFile, dataDir } = await start()
    for (const text of [
      '/echo MARKED-TEXT',
      '/boom MARKED-TEXT',
      '/echo --MARKED-OPTION=MARKED-VALUE',
      '/ecoh MARKED-TEXT',
      '/ping "MARKED',
    ]) {
      await simulator.say('Lounge', 'Bob', text)
    }
    await expect.poll(() => said(simulator).length).toBeGreaterThanOrEqual(5)
    const secrets = new Set(secretsIn(stateFile))

    simulator.expireTokens()
    simulator.faults.add({ target: 'notification', kind: 'status', status: 500, count: 1 })
    simulator.faults.add({ target: 'token', kind: 'reset', count: 1 })
    await simulator.say('Lounge', 'Bob', '/echo MARKED-AGAIN')
    await expect.poll(() => said(simulator).some(({ text }) => text.includes('MARKED-AGAIN'))).toBe(true)
    await moment(400)
    for (const secret of secretsIn(stateFile)) secrets.add(secret)

    const forged = await forge(bot, simulator)
    for (const secret of [...forged, readKey(dataDir)]) secrets.add(secret)
    for (const { oauthId } of simulator.addons()) {
      await simulator.update(oauthId)
      await simulator.uninstall(oauthId)
    }
    await moment(400)
    for (const secret of secretsIn(stateFile)) secrets.add(secret)

    const metrics = await (await fetch(`${bot.url}/metrics`)).text()
    const text = [...bot.lines, metrics].join('\n')
    expect(bot.lines.length).toBeGreaterThan(20)
    expect(secrets.size).toBeGreaterThan(8)
    for (const secret of secrets) expect(text.includes(secret), `${secret.slice(0, 6)}… is in the log`).toBe(false)
    expect(text).not.toMatch(/MARKED|eyJ[\w-]{8}|Bearer |Basic [\w+/]{8}|JWT ey/i)
  })
})

/** Requests that are refused for every reason there is; gives what none of them may leave in the log. */
async function forge(bot: ForgedBot, simulator: Simulator): Promise<readonly string[]> {
  const [addon] = simulator.addons()
  const forger: Client = { oauthId: addon?.oauthId ?? '', oauthSecret: 'FORGERS-OWN-SECRET', groupId: 1 }
  const capabilitiesUrl = `${simulator.url}/v2/capabilities`
  const installs = [
    { oauthId: forger.oauthId, oauthSecret: forger.oauthSecret, capabilitiesUrl },
    { oauthId: 'new', oauthSecret: forger.oauthSecret, capabilitiesUrl },
    { oauthId: 'new', oauthSecret: forger.oauthSecret, capabilitiesUrl: 'https://evil.example/FORGERS-PATH' },
  ]
  for (const body of installs) expect((await bot.install(body)).ok).toBe(false)
  const now = Math.floor(Date.now() / 1_000)
  const tokens = [{}, { iss: 'nobody' }, { exp: 1 }, { exp: 'x' }].map((claims) =>
    sign(forger, { ...claims, iat: now }),
  )
  for (const token of [...tokens, 'abc']) expect(await bot.say(forger, '/echo MARKED-FORGERY', token)).toBe(401)
  const address = `${bot.url}/hipchat/webhook?signed_request=${tokens[0]}`
  expect((await fetch(address, { method: 'POST', body: 'MARKED-BODY' })).status).toBe(401)
  return [...tokens, forger.oauthSecret, 'FORGERS-PATH']
}

const echo = `export default {
  summary: 'Says it again',
  options: { text: { type: 'string', rest: true } },
  run: ({ options }) => String(options.text),
}`
const boom = `export default {
  summary: 'Fails',
  options: { text: { type: 'string', rest: true } },
  run() { throw new Error('kaboom') },
}`

async function start() {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-forge-'))
  closing.push(() => rmSync(dir, { recursive: true }))
  const stateFile = join(dir, 'state.json')
  const dataDir = join(dir, 'data')
  const simulator = createSimulator({ port: 0, stateFile })
  await simulator.listen()
  closing.push(() => simulator.close())
  const { host } = new URL(simulator.url)
  const bot = await startForgedBot({
    hosts: host,
    storeUrl: `file:${dataDir}`,
    files: { 'echo.js': echo, 'boom.js': boom },
  })
  closing.push(() => bot.stop())
  await simulator.install(`http://localhost:${bot.port}/descriptor.json`)
  return { simulator, bot, stateFile, dataDir }
}

function said(simulator: Simulator) {
  return simulator.history('Lounge').filter(({ kind }) => kind === 'notification')
}

/** Secrets of installations and their tokens, as the server keeps them. */
function secretsIn(stateFile: string): readonly string[] {
  const { clients, tokens } = JSON.parse(readFileSync(stateFile, 'utf8')) as State
  return [...clients.map(({ oauthSecret }) => oauthSecret), ...tokens.map(({ token }) => token)]
}

/** What encrypts the store. */
function readKey(dataDir: string): string {
  return readFileSync(join(dataDir, 'secret.key'), 'utf8').trim()
}
