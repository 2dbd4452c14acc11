import type { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../src/bot.js'
import type { silentLogger } from '../src/model/logger.js'
import { createSimulator, type Simulator } from '../src/simulator/hipchat.js'

describe('a line typed in a HipChat room', () => {
  it('is answered: descriptor, installation, signed webhook, command, token, notification', async () => {
    const { simulator } = await start()
    await simulator.say('Deployments', 'Alice', '/deploy status')
    const answer = await answerIn(simulator, 'Deployments')
    expect(answer).toMatchObject({ kind: 'notification', color: 'green', sender: { type: 'addon', id: 'slashroom' } })
    expect(answer.text).toContain('website')
  })

  it('is answered as an answer to it, once', async () => {
    const { simulator } = await start()
    const { entry } = await simulator.say('Deployments', 'Alice', '/ping')
    expect((await answerIn(simulator, 'Deployments')).attachTo).toBe(entry.id)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(notifications(simulator, 'Deployments')).toHaveLength(1)
  })

  it('is answered once where both the group and the room have installed the bot', async () => {
    const { simulator, descriptorUrl } = await start()
    await simulator.install(descriptorUrl, { room: 'Lounge' })
    const { deliveries } = await simulator.say('Lounge', 'Alice', '/ping')
    expect(deliveries.map(({ state }) => state)).toEqual(['answered', 'answered'])
    await answerIn(simulator, 'Lounge')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(notifications(simulator, 'Lounge')).toHaveLength(1)
  })

  it('is understood as a phone writes it', async () => {
    const { simulator } = await start({ 'echo.ts': echo })
    await simulator.say('Lounge', 'Bob', '／echo “two words” —loud')
    expect((await answerIn(simulator, 'Lounge')).text).toBe('TWO WORDS')
  })

  it('is not answered with every step of progress: text cannot be edited there', async () => {
    const { simulator } = await start({ 'count.ts': counting })
    await simulator.say('Lounge', 'Bob', '/count')
    await until(() => notifications(simulator, 'Lounge').at(-1)?.text === 'done')
    expect(notifications(simulator, 'Lounge').map(({ text }) => text)).toEqual(['1', '9', 'done'])
  })

  it('is asked about where it nearly is a command, and told how a command is used', async () => {
    const { simulator } = await start()
    await simulator.say('Lounge', 'Bob', '/deplyo status')
    expect((await answerIn(simulator, 'Lounge')).text).toContain('Did you mean /deploy')
    await simulator.say('Ops', 'Carol', '/roll 1d6 --twice')
    expect((await answerIn(simulator, 'Ops')).text).toMatch(/--twice[\s\S]*Usage: \/roll/)
  })

  it('is answered in the acknowledgement where its command ends soon: that takes no token', async () => {
    const { simulator, figures } = await start(undefined, [], 2_000)
    const { deliveries } = await simulator.say('Lounge', 'Bob', '/ping')
    expect(deliveries).toMatchObject([{ state: 'answered', status: 200 }])
    expect(notifications(simulator, 'Lounge')).toHaveLength(1)
    await expect.poll(figures).toContain('slashroom_delivery_attempts_total{platform="hipchat",result="delivered"} 1')
    expect(await figures()).not.toContain('slashroom_token_fetches_total{platform="hipchat"}')
  })

  it('is counted, with the one token that it takes where its answer comes the other way', async () => {
    const { simulator, figures: read } = await start(undefined, [], 0)
    for (let line = 0; line < 3; line++) await simulator.say('Lounge', 'Bob', '/ping')
    await until(() => notifications(simulator, 'Lounge').length === 3)
    await expect.poll(read).toContain('slashroom_delivery_attempts_total{platform="hipchat",result="delivered"} 3')
    const figures = await read()
    expect(figures).toContain('slashroom_accepted_total{platform="hipchat"} 3')
    expect(figures).toContain('slashroom_token_fetches_total{platform="hipchat"} 1')
  })

  it('is left alone where it is no command of ours', async () => {
    const { simulator } = await start()
    const { deliveries } = await simulator.say('Lounge', 'Bob', 'just talking / walking')
    expect(deliveries).toEqual([])
    await simulator.say('Lounge', 'Bob', '/somebodyelses bot')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(notifications(simulator, 'Lounge')).toEqual([])
  })

  it('ends visibly when its command fails, and the log has the same id', async () => {
    const lines: string[] = []
    const { simulator } = await start({ 'boom.ts': boom }, lines)
    await simulator.say('Lounge', 'Bob', '/boom')
    const [, id] = /\(id (\w+)\)/.exec((await answerIn(simulator, 'Lounge')).text) ?? []
    expect(id).toBeDefined()
    expect(lines.some((line) => line.includes(`"${id}"`) && line.includes('kaboom'))).toBe(true)
    expect(notifications(simulator, 'Lounge')[0]?.text).not.toContain('kaboom')
  })

  it('ends as uninstalled where nobody is left to answer', async () => {
    const lines: string[] = []
    const { simulator } = await start({ 'slow.ts': slow }, lines)
    await simulator.say('Lounge', 'Bob', '/slow')
    for (const { oauthId } of simulator.addons()) await simulator.uninstall(oauthId)
    await expect.poll(() => (process as EventEmitter).emit('go on')).toBe(true)
    await expect.poll(() => lines.join()).toContain('"outcome":"uninstalled"')
  })

  it('is answered by a new file as soon as it is there', async () => {
    const { simulator, bot, dir } = await start({ 'echo.ts': echo })
    writeFileSync(join(dir, 'late.ts'), `export default { summary: 'Late', run: () => 'better late' }`)
    await bot.reload()
    for (const { oauthId } of simulator.addons()) await simulator.update(oauthId)
    await simulator.say('Lounge', 'Bob', '/late')
    expect((await answerIn(simulator, 'Lounge')).text).toBe('better late')
  })

  it('gets all of a long answer, in order', async () => {
    const { simulator } = await start({ 'long.ts': long })
    await simulator.say('Lounge', 'Bob', '/long')
    await until(() => notifications(simulator, 'Lounge').length === 3)
    const text = notifications(simulator, 'Lounge').map(({ text }) => text)
    expect(text.join('\n').split('\n')).toEqual(Array.from({ length: 2_500 }, (_, line) => `line ${line}`))
  })

  it('is answered though the server fails for a while, and its token is renewed', async () => {
    const { simulator } = await start()
    await simulator.say('Lounge', 'Bob', '/ping')
    await answerIn(simulator, 'Lounge')
    simulator.expireTokens()
    await simulator.say('Lounge', 'Bob', '/ping')
    await until(() => notifications(simulator, 'Lounge').length === 2)
  })
})

const echo = `
import { command, say } from 'slashroom'
export default command({
  summary: 'Says it again',
  options: { text: { type: 'string', positional: true, required: true }, loud: { type: 'boolean' } },
  run: ({ options }) => say(options.loud ? options.text.toUpperCase() : options.text),
})`
const counting = `
export default {
  summary: 'Counts',
  async *run() {
    for (let step = 1; step < 10; step++) yield { kind: 'text', text: String(step), audience: 'room', updateKey: 'count' }
    yield 'done'
  },
}`
const slow = `export default { summary: 'Slow', async run() { await new Promise((done) => process.once('go on', done)); return 'late' } }`
const boom = `export default { summary: 'Fails', run() { throw new Error('kaboom') } }`
const long = `export default { summary: 'Long', run: () => Array.from({ length: 2500 }, (_, line) => 'line ' + line).join('\\n') }`

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A bot installed in a simulated server: with the sample commands, or with those given. */
async function start(files?: Readonly<Record<string, string>>, lines: string[] = [], answerInAckMs?: number) {
  const dir = files ? mkdtempSync(join(tmpdir(), 'slashroom-')) : 'commands'
  if (files) closing.push(() => rmSync(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files ?? {})) writeFileSync(join(dir, name), text)
  const simulator = createSimulator({ port: 0 })
  await simulator.listen()
  closing.push(() => simulator.close())
  const bot: Bot = createBot({
    env: { HIPCHAT_HOSTS: new URL(simulator.url).host },
    port: 0,
    host: '127.0.0.1',
    storeUrl: 'memory:',
    commandsDir: dir,
    shutdownSeconds: 2,
    ...(answerInAckMs === undefined ? {} : { answerInAckMs }),
    log: recording(lines),
  })
  const { port } = await bot.start()
  closing.push(() => bot.stop())
  const descriptorUrl = `http://localhost:${port}/descriptor.json`
  await simulator.install(descriptorUrl)
  const figures = async () => (await fetch(new URL('/metrics', descriptorUrl))).text()
  return { simulator, bot, dir, descriptorUrl, figures }
}

function recording(lines: string[]): typeof silentLogger {
  const write = (facts: object) => void lines.push(JSON.stringify(facts))
  const log = (bound: object): typeof silentLogger => ({
    debug: (facts) => write({ ...bound, ...facts }),
    info: (facts) => write({ ...bound, ...facts }),
    warn: (facts) => write({ ...bound, ...facts }),
    error: (facts) => write({ ...bound, ...facts }),
    child: (facts) => log({ ...bound, ...facts }),
  })
  return log({})
}

function notifications(simulator: Simulator, room: string) {
  return simulator.history(room).filter(({ kind }) => kind === 'notification')
}

async function answerIn(simulator: Simulator, room: string) {
  await until(() => notifications(simulator, room).length > 0)
  const answer = notifications(simulator, room).at(-1)
  if (!answer) throw new Error('no answer')
  return answer
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds).toBe(true)
}
