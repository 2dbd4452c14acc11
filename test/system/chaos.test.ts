import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { startRedis } from '../fixtures/redis.js'
import { botToken, signed, signingSecret, slashForm, startSlack } from '../fixtures/slack.js'
import { type Battlefield, freePort, openBattlefield } from './chaos/attack.js'
import { lives } from './chaos/bot-process.js'
import { type Comparison, compare, compareOften, createBystander } from './chaos/bystander.js'
import { closeAll, memoryOf, sendEndlessly } from './chaos/stranger.js'
import { tableLine, type Verdict } from './chaos/verdict.js'

/** `npm run test:chaos` attacks at length; `npm test` takes a shorter cut. */
const long = process.env['npm_lifecycle_event'] === 'test:chaos'
const kills = long ? 50 : 6

describe('what was accepted', { timeout: 1_200_000 }, () => {
  it(`survives kill -9 at ${kills} random moments`, async () => {
    const field = await open()
    let bot = field.bot
    const rest = field.typing(40)
    for (let kill = 0; kill < kills; kill++) {
      await sleep(150 + Math.random() * 600)
      await bot.kill()
      bot = await field.start()
    }
    await rest()
    const verdict = await field.verdict(240_000)
    check(`kill -9 × ${kills}, embedded`, verdict)
    expect(verdict.rode).toBeGreaterThan(kills)
  })

  it(`survives kill -9 at ${kills} random moments of one of two processes on Redis`, async () => {
    const redis = await openRedis()
    const port = String(await freePort())
    const env = { STORE_URL: redis.url, SECRET_KEY: key, BASE_URL: `http://127.0.0.1:${port}` }
    // The one that takes webhooks dies; the other, which only works, takes up what it left.
    const field = await open({ ...env, PORT: port })
    await field.start({ PORT: String(await freePort()) })
    let bot = field.bot
    const rest = field.typing(30)
    for (let kill = 0; kill < kills; kill++) {
      await sleep(150 + Math.random() * 600)
      await bot.kill()
      bot = await field.start()
    }
    await rest()
    const verdict = await field.verdict(240_000)
    check(`kill -9 × ${kills}, Redis, two processes`, verdict)
    expect(verdict.rode).toBeGreaterThan(kills)
  })

  it('survives Redis killed and restarted, and Redis that does not answer', async () => {
    const redis = await openRedis()
    const field = await open({ STORE_URL: redis.url, SECRET_KEY: key })
    const rest = field.typing(20)
    await sleep(1_000)
    await redis.restart()
    await sleep(1_500)
    redis.pause()
    await sleep(long ? 10_000 : 3_000)
    redis.resume()
    await sleep(1_500)
    await rest()
    check('Redis killed, and paused', await field.verdict(240_000))
  })

  it('survives a stop under load, and the stop is clean', async () => {
    const field = await open()
    let bot = field.bot
    const rest = field.typing(60)
    for (let stop = 0; stop < (long ? 10 : 2); stop++) {
      await sleep(400)
      expect(await bot.stop()).toBe(0)
      bot = await field.start()
    }
    await rest()
    const verdict = await field.verdict(240_000)
    expect(verdict.interrupted).toBe(0)
    check('SIGTERM under load, embedded', verdict)
  })

  it('survives calls that take their process down with them, and is served in between', async () => {
    const field = await open()
    const [ran, gate] = [join(field.dir, 'deadly-ran'), join(field.dir, 'gate')]
    const wait = `while (!existsSync(${JSON.stringify(gate)})) await sleep(20)`
    const die = `appendFileSync(${JSON.stringify(ran)}, '.'); ${wait}; process.exit(1)`
    writeFileSync(join(field.dir, 'deadly.ts'), commandOf(die))
    await field.restart()
    let told = 0
    field.simulator.onEvent((event) => {
      if (event.type === 'entry' && /stopped twice.*\/deadly/.test(event.entry.text)) told++
    })
    const count = long ? 10 : 2
    for (let n = 0; n < count; n++) await field.simulator.say('Lounge', n % 2 ? 'Alice' : 'Bob', '/deadly') // one person may run 8 at a time
    const runs = () => (existsSync(ran) ? readFileSync(ran, 'utf8').length : 0)
    await expect.poll(runs).toBe(count)
    writeFileSync(gate, '') // they die together, and then one by one
    const rest = field.typing(5)
    await expect.poll(() => told, { timeout: 240_000 }).toBe(count)
    await rest()
    expect(runs()).toBe(2 * count)
    const deaths = field.log().match(/worker died/g)?.length
    check(
      'process.exit in calls',
      await field.verdict(240_000),
      ` · deadly ${count} · ran ${runs()} · deaths ${deaths}`,
    )
  })

  it('survives kill -9 of the primary while its worker computes without end', async () => {
    const field = await open()
    const looping = join(field.dir, 'looping')
    writeFileSync(
      join(field.dir, 'loop.ts'),
      commandOf(`appendFileSync(${JSON.stringify(looping)}, '.'); for (;;);`, false),
    )
    let bot = await field.restart()
    const rest = field.typing(10)
    let slowestMs = 0
    for (let kill = 1; kill <= (long ? 5 : 1); kill++) {
      await sleep(2_000)
      await field.simulator.say('Lounge', 'Bob', '/loop')
      await expect.poll(() => existsSync(looping) && readFileSync(looping, 'utf8').length).toBe(kill)
      const workers = bot.workers()
      expect(workers).not.toEqual([])
      const killedAt = performance.now()
      await bot.kill()
      await expect.poll(() => workers.some(lives), { interval: 20 }).toBe(false)
      slowestMs = Math.max(slowestMs, performance.now() - killedAt)
      bot = await field.start()
    }
    await rest()
    check('kill -9 of the primary', await field.verdict(240_000), ` · worker gone after ${Math.round(slowestMs)} ms`)
  })

  it('survives a pause of all processes, and no worker is blamed for it', async () => {
    const field = await open()
    const all = [field.bot.pid, ...field.bot.workers()]
    const rest = field.typing(10)
    for (let pause = 0; pause < (long ? 3 : 1); pause++) {
      await sleep(1_000)
      for (const pid of all) process.kill(pid, 'SIGSTOP')
      await sleep(17_000)
      for (const pid of pause % 2 === 0 ? all : [...all].reverse()) process.kill(pid, 'SIGCONT')
      await sleep(5_000)
    }
    expect([field.bot.pid, ...field.bot.workers()]).toEqual(all)
    await rest()
    check('kill -STOP and -CONT of all', await field.verdict(240_000))
  })

  it('is delivered through a chat server that fails', async () => {
    // Three people type on while nothing is delivered: more than may wait for each of them by default.
    const field = await open({ MAX_WAITING_PER_PERSON: '5000' })
    const rest = field.typing(20)
    const { faults } = field.simulator
    for (const fault of [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429 },
      { kind: 'reset' },
      { kind: 'hang' },
      { kind: 'dead' },
    ] as const) {
      const forMs = long ? (fault.kind === 'dead' ? 60_000 : 10_000) : 700
      faults.add({ target: 'notification', ...fault, forMs })
      await sleep(forMs + 300)
    }
    faults.add({ target: 'token', kind: 'status', status: 503, forMs: long ? 60_000 : 1_000 })
    field.simulator.expireTokens()
    await sleep(long ? 60_000 : 1_000)
    await rest()
    check('chat server failing', await field.verdict(240_000))
  })
})

describe('one person against everybody', { timeout: 600_000 }, () => {
  it('types what hangs, and then all that the queue would hold: another tenant notices nothing', async () => {
    const slack = await startSlack()
    closing.push(() => slack.close())
    const commands = writeCommands({
      ping: "run: ({ options }) => 'pong ' + options.n",
      hang: 'run: () => new Promise(() => {})',
    })
    const slackEnv = { SLACK_SIGNING_SECRET: signingSecret, SLACK_BOT_TOKEN: botToken, SLACK_API_URL: slack.apiUrl }
    const field = await open({ COMMANDS_DIR: commands, ...slackEnv })
    const untouched = createBystander((await open({ COMMANDS_DIR: commands })).simulator)
    const address = `http://127.0.0.1:${field.port}`
    const acked: string[] = []
    const type = async (n: number) => {
      const form = slashForm(`/hang ${n}`, { response_url: slack.responseUrl() })
      const { headers, body } = signed('/commands', form)
      const answer = await fetch(`${address}/slack/commands`, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: new Uint8Array(body),
      })
      acked.push(await answer.text())
      return answer.status
    }
    const bystander = createBystander(field.simulator)
    await compare(bystander, untouched, 20) // warms up

    const first = await Promise.all(Array.from({ length: 83 }, (_, n) => type(n)))
    const hanging = await compareOften(bystander, untouched, 3)

    const lines = long ? 9_936 : 1_000
    const answers: number[] = []
    const flood = Array.from({ length: 8 }, async () => {
      while (answers.length < lines) answers.push(await type(answers.length))
    })
    const flooded = await compare(bystander, untouched, 10)
    await Promise.all(flood)
    const full = await compareOften(bystander, untouched, 3)

    const metrics = await (await fetch(`${address}/metrics`)).text()
    const held = Number(/slashroom_held_invocations\{share="person"\} (\d+)/.exec(metrics)?.[1])
    const show = ({ ms, restMs }: Comparison) => `${ms.toFixed(1)} ms (beside it, at rest: ${restMs.toFixed(1)})`
    console.log(
      `one person against another tenant's /ping: 83 hang: ${show(hanging)}; ${lines} lines come: ${show(flooded)}; ` +
        `${held} of them are held: ${show(full)}`,
    )
    expect(new Set([...first, ...answers])).toEqual(new Set([200]))
    expect(held).toBe(200)
    const told = [...acked, ...slack.messages.map(({ body }) => JSON.stringify(body))]
    expect(told.some((text) => text.includes('200 of your commands are waiting already'))).toBe(true)
    expect(hanging.ratio).toBeLessThan(3)
    expect(full.ratio).toBeLessThan(3)
  })
})

describe('strangers who send large bodies', { timeout: 600_000 }, () => {
  it('take a bounded part of the memory, and nobody’s place', async () => {
    const field = await open()
    const before = memoryOf(field.bot.pid)
    const send = (headers: readonly string[]) => sendEndlessly(field.port, '/hipchat/webhook', headers, 1_000_000)
    const strangers = Array.from({ length: 250 }, () => send(['Authorization: JWT a.b.c']))
    closing.push(async () => closeAll(strangers))
    const refused = () => strangers.filter(({ status }) => status() === 503).length
    await expect.poll(refused, { timeout: 60_000 }).toBeGreaterThanOrEqual(250 - 17)
    const taken = memoryOf(field.bot.pid) - before

    await field.type() // a genuine one is taken meanwhile
    const unproven = Array.from({ length: 50 }, () => send([]))
    closing.push(async () => closeAll(unproven))
    await expect.poll(() => unproven.every(({ status }) => status() === 401), { timeout: 60_000 }).toBe(true)
    const verdict = await field.verdict(60_000)
    console.log(
      `250 bodies of 1 MB that never end: ${refused()} refused, ${taken.toFixed(0)} MB more memory ` +
        `(${before.toFixed(0)} before); 50 without a token: all 401`,
    )
    expect(verdict).toMatchObject({ accepted: 1, lost: [] })
    expect(taken).toBeLessThan(160)
  })
})

/** A folder of commands that take one number, of which `run` is given. */
function writeCommands(bodies: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-chaos-commands-'))
  closing.push(async () => rmSync(dir, { recursive: true, force: true }))
  for (const [name, run] of Object.entries(bodies)) {
    const options = "options: { n: { type: 'integer', positional: true } }"
    writeFileSync(
      join(dir, `${name}.mjs`),
      `export default { summary: 'Is attacked with', timeout: '1h', ${options}, ${run} }`,
    )
  }
  return dir
}

describe('a store that does not keep what it is given', { timeout: 1_200_000 }, () => {
  it('is refused where it is a Redis that evicts, and makes the bot unready where it is full', async () => {
    const redis = await openRedis({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' })
    const env = { STORE_URL: redis.url, SECRET_KEY: key }
    await expect(open(env)).rejects.toThrow('the bot ended with code 1')
    const field = await open({ ...env, REDIS_EVICTION: 'allowed' })
    await expect.poll(field.log).toContain('Redis evicts (maxmemory-policy allkeys-lru)')
    const control = new Redis(redis.url)
    await control.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
    const unready = await untilReady(field, false)
    await control.config('SET', 'maxmemory', '0')
    const ready = await untilReady(field, true)
    control.disconnect()
    console.log(`Redis full: not ready after ${unready.ms} ms (${unready.detail}), ready again after ${ready.ms} ms`)
    expect(unready.detail).toContain('Redis is full')
    await field.type()
    check('Redis that evicts and is full', await field.verdict(240_000), undefined, 1)
  })

  it('takes nothing where its folder is removed while it runs', async () => {
    const field = await open()
    const rest = field.typing(20)
    await sleep(1_000)
    rmSync(join(field.dir, 'data'), { recursive: true })
    const unready = await untilReady(field, false)
    await rest()
    const before = await field.verdict(0)
    const late = field.typing(20)
    await sleep(1_000)
    await late()
    const after = await field.verdict(60_000)
    console.log(
      `store removed: not ready after ${unready.ms} ms (${unready.detail}), ${after.typed - before.typed} typed then, ${after.accepted - before.accepted} accepted`,
    )
    expect(after.typed).toBeGreaterThan(before.typed)
    expect(after.accepted).toBe(before.accepted)
    await expect.poll(field.log).toContain('the store was removed while the bot is running')
  })

  it('stops the start with one line where a page of it is damaged, and never by a crash', async () => {
    const field = await open()
    const rest = field.typing(60)
    await sleep(2_000)
    await rest()
    await field.verdict(240_000)
    await field.bot.stop()
    const path = join(field.dir, 'data', 'data.mdb')
    const whole = readFileSync(path)
    const pages = Array.from({ length: whole.length / 4_096 - 2 }, (_, n) => n + 2)
    const used = pages.filter((page) => (whole.readUInt16LE(page * 4_096 + 18) & 3) !== 0)
    const ends = { refused: 0, started: 0, crashed: 0 }
    for (let attempt = 0; attempt < (long ? 30 : 4); attempt++) {
      const at = (used[Math.floor(Math.random() * used.length)] ?? 0) * 4_096
      writeFileSync(path, Buffer.from(whole).fill(attempt % 2 === 0 ? 0 : 0xff, at, at + 4_096))
      const end = await field.start().then(
        (bot) => bot.stop().then((code) => (code === 0 ? 'started' : 'crashed')),
        (error: unknown) => (String(error).includes('code 1') ? 'refused' : 'crashed'),
      )
      ends[end as keyof typeof ends]++
    }
    console.log(`a page of data.mdb damaged: ${JSON.stringify(ends)} (${used.length} pages, some of them freed)`)
    expect(ends.crashed).toBe(0)
    expect(field.log().match(/is damaged/g)?.length ?? 0).toBe(ends.refused)
    writeFileSync(path, whole)
    await field.start()
  })

  it('tells of the calls that one process on Redis left when it was killed', async () => {
    const redis = await openRedis()
    const field = await open({ STORE_URL: redis.url, SECRET_KEY: key })
    const hold = `export default { summary: 'Holds', timeout: 600_000, run: () => new Promise((end) => setTimeout(end, 500_000)) }`
    writeFileSync(join(field.dir, 'once.ts'), hold) // under a name that the room's webhook listens for already
    await field.bot.stop()
    const bot = await field.start()
    let told = 0
    field.simulator.onEvent((event) => {
      if (event.type === 'entry' && /was stopped|was interrupted/.test(event.entry.text)) told ||= Date.now()
    })
    const { deliveries } = await field.simulator.say('Ops', 'Alice', '/once')
    expect(deliveries).toMatchObject([{ state: 'answered' }])
    await bot.kill()
    const killed = Date.now()
    await field.start()
    const ready = Date.now()
    await expect.poll(() => told, { timeout: 240_000 }).toBeGreaterThan(0)
    console.log(
      `Redis, one process killed: told ${told - killed} ms after that, ${told - ready} ms after it was ready again`,
    )
  })
})

/** How long it took until `/readyz` said so, and why. */
async function untilReady(
  field: Battlefield,
  ready: boolean,
): Promise<{ readonly ms: number; readonly detail: string }> {
  const began = Date.now()
  for (;;) {
    const answer = await fetch(`${field.url}/readyz`)
    const { detail = '' } = (await answer.json()) as { readonly detail?: string }
    if (answer.ok === ready) return { ms: Date.now() - began, detail }
    await sleep(50)
  }
}

const key = '0123456789abcdef'.repeat(4)

async function openRedis(options: Readonly<Record<string, string>> = {}) {
  const redis = await startRedis({ options })
  closing.push(() => redis.stop())
  return redis
}

const fields: Battlefield[] = []
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const field of fields.splice(0)) await field.close()
  for (const close of closing.splice(0)) await close()
})

async function open(env?: Readonly<Record<string, string>>) {
  const field = await openBattlefield(env)
  fields.push(field)
  return field
}

function commandOf(body: string, idempotent = true): string {
  return `
    import { appendFileSync, existsSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    export default { summary: 'Does harm', idempotent: ${idempotent}, timeout: '10m', async run() { ${body} } }`
}

function check(name: string, verdict: Verdict, more?: string, least = 11): void {
  console.log(tableLine(name, verdict, more))
  expect(verdict.accepted).toBeGreaterThanOrEqual(least)
  expect({ lost: verdict.lost, doubled: verdict.doubled, outOfOrder: verdict.outOfOrder }).toEqual({
    lost: [],
    doubled: [],
    outOfOrder: [],
  })
}
