import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startRedis } from '../fixtures/redis.js'
import { openBattlefield } from './chaos/attack.js'

describe('a call that takes its process down with it', () => {
  it.each([
    ['exits', 'process.exit(1)'],
    ['aborts', 'process.abort()'],
    ['uses all memory', 'const all = []; for (;;) all.push(new Array(10_000).fill(all.length))'],
    ['never lets go', 'for (;;);'],
  ])('and %s runs twice at most, is told of, and keeps nobody else waiting for ever', async (_, body) => {
    const { field, runs, said } = await open({ '/deadly': body }, { NODE_OPTIONS: '--max-old-space-size=100' })
    await field.simulator.say('Lounge', 'Bob', '/deadly')
    await expect.poll(said, patient).toContainEqual(expect.stringMatching(/stopped twice while it ran this.*\/deadly/))
    expect(runs('/deadly')).toBe(2)
    await field.type()
    const verdict = await field.verdict(240_000)
    expect([verdict.accepted, verdict.lost]).toEqual([1, []])
    expect(runs('/deadly')).toBe(2)
  })

  it('is told of by another process on Redis, and ends no third', async () => {
    const redis = await startRedis()
    closing.push(() => redis.stop())
    const { field, runs, said } = await open(
      { '/deadly': 'process.exit(1)' },
      { STORE_URL: redis.url, SECRET_KEY: '0123456789abcdef'.repeat(4) },
    )
    await field.simulator.say('Lounge', 'Bob', '/deadly')
    await expect.poll(said, patient).toContainEqual(expect.stringMatching(/stopped twice while it ran this.*\/deadly/))
    expect(runs('/deadly')).toBe(2)
  })

  it('takes none down that ran beside it: what died together runs again one at a time', async () => {
    const { field, runs, said } = await open({
      '/deadly': `while (!existsSync(gate)) await sleep(20); process.exit(1)`,
      ...Object.fromEntries(innocents.map((line) => [line, `if (!again) await sleep(1e9); return '${line} is done'`])),
    })
    const all = ['/deadly', ...innocents]
    for (const line of all) await field.simulator.say('Lounge', 'Bob', line)
    await expect.poll(() => all.map(runs), patient).toEqual(all.map(() => 1))
    writeFileSync(join(field.dir, 'gate'), '')
    await expect.poll(said, patient).toContainEqual(expect.stringMatching(/stopped twice while it ran this.*\/deadly/))
    for (const line of innocents) await expect.poll(said, patient).toContain(`${line} is done`)
    expect(said().filter((text) => /stopped/.test(text))).toHaveLength(1)
    expect(all.map(runs)).toEqual(all.map(() => 2))
  })
})

const innocents = ['/one', '/two', '/three']
const patient = { timeout: 240_000, interval: 100 }

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A field with commands that may run again, by their lines, each of which counts its runs. */
async function open(bodies: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const field = await openBattlefield(env)
  closing.push(field.close)
  for (const [line, body] of Object.entries(bodies)) {
    writeFileSync(join(field.dir, `${line.slice(1)}.ts`), commandOf(field.dir, line, body))
  }
  await field.restart()
  return {
    field,
    runs(line: string): number {
      const file = ranFile(field.dir, line)
      return existsSync(file) ? readFileSync(file, 'utf8').length : 0
    },
    said: () => field.simulator.history('Lounge').map(({ text }) => text),
  }
}

function commandOf(dir: string, line: string, body: string): string {
  return `
    import { appendFileSync, existsSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    const gate = ${JSON.stringify(join(dir, 'gate'))}
    export default {
      summary: 'May end the process',
      idempotent: true,
      timeout: '10m',
      async run() {
        const again = existsSync(${JSON.stringify(ranFile(dir, line))})
        appendFileSync(${JSON.stringify(ranFile(dir, line))}, '.')
        ${body}
      },
    }`
}

function ranFile(dir: string, line: string): string {
  return join(dir, `ran-${line.slice(1)}`)
}
