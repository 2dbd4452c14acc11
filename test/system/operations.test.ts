import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Battlefield, openBattlefield } from './chaos/attack.js'
import { type BotProcess, lives } from './chaos/bot-process.js'

describe('several processes on one machine', () => {
  it('share the port and the store, and one that is killed is replaced and its work taken up', async () => {
    const field = await open({ WORKERS: '2' })
    expect(field.bot.workers()).toHaveLength(2)
    const rest = field.typing(30)
    await sleep(700)
    const [victim] = field.bot.workers()
    if (victim) process.kill(victim, 'SIGKILL')
    await sleep(1_500)
    await rest()
    const verdict = await field.verdict(240_000)
    expect({ lost: verdict.lost, doubled: verdict.doubled }).toEqual({ lost: [], doubled: [] })
    expect(verdict.accepted).toBeGreaterThan(5)
    await until(() => field.bot.workers().length === 2)
    expect(await field.bot.stop()).toBe(0)
  })

  it('say a bad setting once and end', async () => {
    const field = await open()
    await field.bot.stop()
    await expect(field.start({ WORKERS: '2', SLACK_SIGNING_SECRET: 'x', SLACK_CLIENT_ID: 'y' })).rejects.toThrow(
      'code 1',
    )
    await expect.poll(() => field.log().match(/SLACK_CLIENT_SECRET/g)?.length).toBe(1)
    expect(field.log()).not.toContain('replaced')
  })
})

describe('a command that never lets go', () => {
  it('is told of in its room, and the bot goes on', async () => {
    const field = await open()
    writeFileSync(join(field.dir, 'loop.ts'), `export default { summary: 'Loops', run() { for (;;); } }`)
    await field.bot.stop()
    await field.start()
    await updateAll(field)
    await field.simulator.say('Lounge', 'Bob', '/loop')
    const said = () => field.simulator.history('Lounge').map(({ text }) => text)
    await until(() => said().some((text) => text.includes('/loop') && text.includes('stopped while it ran')))
    await field.type()
    const verdict = await field.verdict(240_000)
    expect([verdict.accepted, verdict.lost]).toEqual([1, []])
    await expect.poll(field.log).toContain('no heartbeat')
  })
})

describe('a worker whose primary is killed', () => {
  it('ends by itself', async () => {
    const field = await open()
    const workers = workersOf(field.bot)
    await field.bot.kill()
    await until(() => !workers.some(lives))
  })

  it('ends by itself while a command never lets go, and the next bot finds the port free', async () => {
    const field = await open()
    const looping = join(field.dir, 'looping')
    writeFileSync(join(field.dir, 'loop.ts'), loopAfter(looping))
    await field.bot.stop()
    const bot = await field.start()
    await updateAll(field)
    const workers = workersOf(bot)
    await field.simulator.say('Lounge', 'Bob', '/loop')
    await until(() => existsSync(looping))
    await bot.kill()
    await until(() => !workers.some(lives))
    await field.start()
  })
})

describe('a pause of all processes', () => {
  it('is not held against the worker, and loses nothing, though people type on', async () => {
    const field = await open()
    const workers = workersOf(field.bot)
    const all = [field.bot.pid, ...workers]
    const rest = field.typing(10)
    await until(() => shown(field) > 3)
    for (const pid of all) process.kill(pid, 'SIGSTOP')
    await sleep(15_500) // a worker that is silent for 15 s is killed
    for (const pid of all) {
      process.kill(pid, 'SIGCONT')
      await sleep(500) // in which the primary looks, before the worker can say that it lives
    }
    await rest()
    const before = shown(field)
    await field.type()
    await until(() => shown(field) > before)
    const { accepted, lost } = await field.verdict(240_000)
    expect(lost).toEqual([])
    expect(accepted).toBeGreaterThan(3)
    expect(field.bot.workers()).toEqual(workers)
    expect(field.log()).not.toContain('no heartbeat')
  })
})

describe('a stop', () => {
  it('waits for what runs, says 503 meanwhile, and takes nothing more', async () => {
    const field = await open()
    writeFileSync(join(field.dir, 'slow.ts'), slow)
    await field.bot.stop()
    const port = new URL((await descriptorOf(field)) ?? 'http://127.0.0.1:1').port
    const gate = join(field.dir, 'gate')
    const bot = await field.start({ GATE: gate, SHUTDOWN_SECONDS: '240' })
    await updateAll(field)
    const { deliveries } = await field.simulator.say('Lounge', 'Bob', '/slow')
    expect(deliveries[0]?.status).toBe(204)
    const stopped = bot.stop()
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503)
    const refusal = async () => {
      const { status, headers } = await fetch(`http://127.0.0.1:${port}/hipchat/webhook`, {
        method: 'POST',
        body: '{}',
      })
      return [status, headers.get('retry-after')]
    }
    await expect.poll(refusal).toEqual([503, '2']) // when it has looked whether others take over
    writeFileSync(gate, '')
    expect(await stopped).toBe(0)
    const texts = field.simulator.history('Lounge').map(({ text }) => text)
    expect(texts.filter((text) => text === 'slow but sure')).toHaveLength(1)
  })

  it('ends at once when it is asked a second time', async () => {
    const field = await open()
    writeFileSync(join(field.dir, 'slow.ts'), slow)
    await field.bot.stop()
    const bot = await field.start()
    await updateAll(field)
    await field.simulator.say('Lounge', 'Bob', '/slow')
    process.kill(bot.pid, 'SIGTERM')
    await sleep(600)
    process.kill(bot.pid, 'SIGTERM')
    expect(await bot.ended).toEqual([130, null]) // after a stop it would be 0
    await field.start()
    await until(() => field.simulator.history('Lounge').some(({ text }) => /stopped while it ran/.test(text)))
  })
})

describe('the clock', () => {
  it('may be ten minutes wrong: what is not believed is refused, and what is accepted ends', async () => {
    const field = await open({}, { clock: () => Date.now() + 600_000 })
    for (let line = 0; line < 5; line++) await field.type()
    const verdict = await field.verdict(5_000)
    expect([verdict.accepted, verdict.lost]).toEqual([0, []])
    await expect.poll(field.log).toContain('not yet valid')
  })
})

/** It says that it runs before nothing more can be heard of it. */
const loopAfter = (file: string) => `
import { writeFileSync } from 'node:fs'
export default { summary: 'Loops', run() { writeFileSync(${JSON.stringify(file)}, ''); for (;;); } }`

/** It runs until the gate is open. */
const slow = `
import { existsSync } from 'node:fs'
export default {
  summary: 'Takes its time',
  timeout: '10m',
  async run() {
    while (!existsSync(process.env.GATE ?? '')) await new Promise((resolve) => setTimeout(resolve, 50))
    return 'slow but sure'
  },
}`

const fields: Battlefield[] = []
const orphans: number[] = []
afterEach(async () => {
  for (const pid of orphans.splice(0)) if (lives(pid)) process.kill(pid, 'SIGKILL')
  for (const field of fields.splice(0)) await field.close()
})

async function open(...parts: Parameters<typeof openBattlefield>) {
  const field = await openBattlefield(...parts)
  fields.push(field)
  return field
}

/** They are gone after the test, whatever came of it. */
function workersOf({ workers }: Pick<BotProcess, 'workers'>): readonly number[] {
  const pids = workers()
  expect(pids).not.toEqual([])
  orphans.push(...pids)
  return pids
}

/** How many answers the rooms have shown. */
function shown({ simulator }: Battlefield): number {
  const entries = ['Deployments', 'Lounge', 'Ops'].flatMap((room) => simulator.history(room))
  return entries.filter(({ kind }) => kind === 'notification').length
}

async function descriptorOf(field: Battlefield): Promise<string | undefined> {
  return field.simulator.addons()[0]?.descriptorUrl
}

async function updateAll(field: Battlefield): Promise<void> {
  for (const { oauthId } of field.simulator.addons()) await field.simulator.update(oauthId)
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 240_000 }).toBe(true)
}
