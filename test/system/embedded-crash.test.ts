import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmbeddedJournal } from '../../src/journal/embedded-journal.js'
import { silentLogger } from '../../src/model/logger.js'
import { openLmdb } from '../../src/stores/lmdb.js'
import { withQueue } from '../fixtures/working-journal.js'

describe('the embedded journal under kill -9', () => {
  let program: string
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    program = fileURLToPath(new URL(`../../node_modules/.cache/embedded-process-${process.pid}.mjs`, import.meta.url))
    const source = fileURLToPath(new URL('../fixtures/embedded-process.ts', import.meta.url))
    await build({
      entryPoints: [source],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    })
  })
  afterAll(async () => {
    await rm(dir, { recursive: true })
    await rm(program)
  })

  it('loses nothing that was accepted, and runs nothing twice', async () => {
    const told = { accepted: new Set<string>(), run: [] as string[], left: [] as string[] }
    for (let round = 0; round < 5; round++) {
      const pair = await Promise.all(['a', 'b'].map((name) => start(`${name}${round}`)))
      for (const child of pair) {
        const before = told.accepted.size
        await expect.poll(() => told.accepted.size - before, { interval: 5 }).toBeGreaterThan(60)
        await passed(Math.random() * 300)
        await kill(child)
      }
    }
    const last = await start('last')
    const check = withQueue(createEmbeddedJournal({ embedded: openLmdb(join(dir, 'data')), log: silentLogger }))
    const open = async (): Promise<string[]> => {
      const outcomes = await Promise.all(
        [...told.accepted].map(async (id) => [id, (await check.findRecord(id))?.outcome] as const),
      )
      return outcomes.filter(([, outcome]) => outcome === undefined).map(([id]) => id)
    }
    await expect.poll(open, { timeout: 120_000, interval: 500 }).toEqual([])
    await kill(last)
    await check.stop(0)

    console.log(
      `10 kills: ${told.accepted.size} accepted, ${told.run.length} runs, ${told.left.length} taken up after they had begun`,
    )
    expect(told.accepted.size).toBeGreaterThan(500)
    expect(new Set(told.run).size).toBe(told.run.length)

    async function start(name: string): Promise<ChildProcess> {
      const child = spawn(process.execPath, [program, join(dir, 'data'), name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const lines = createInterface({ input: child.stdout })
      await new Promise<void>((ready) => {
        lines.on('line', (line) => {
          const [what = '', id = ''] = line.split(' ')
          if (what === 'ready') ready()
          if (what === 'accepted') told.accepted.add(id)
          if (what === 'run' || what === 'left') told[what].push(id)
        })
      })
      return child
    }
  })
})

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
