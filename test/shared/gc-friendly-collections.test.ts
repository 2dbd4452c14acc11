import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { setV8Flags } from '../../src/cli/v8-flags.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { command } from '../../src/model/command.js'
import { silentLogger } from '../../src/model/logger.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { IntrusiveSet, RecordMap } from '../../src/shared/gc-friendly-collections.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { invocationOf } from '../fixtures/invocation.js'
import { withQueue } from '../fixtures/working-journal.js'

describe('a call that is over', () => {
  it('is let go of by the engine’s quick collections, not only when it looks through its whole memory', async () => {
    const registry = createRegistry()
    registry.replace([
      compileCommand(
        'ping',
        command({
          summary: 'Answers',
          options: {},
          run: async ({ signal }) => {
            await passed(2)
            return `${signal.aborted}`
          },
        }),
      ),
    ])
    const dispatch = createDispatch({ registry, store: createMemoryStore(), log: silentLogger })
    const journal = withQueue(createMemoryJournal({ remembered: 10 }))
    const bot = new AbortController()
    await journal.start(async ({ invocation }) => {
      const replies = dispatch(invocation, bot.signal)
      for (;;) {
        const step = await replies.next()
        if (step.done) return step.value
      }
    })
    // Each call has something with it whose bytes are counted; some are always under way.
    let collected = 0
    const call = async (n: number): Promise<void> => {
      await journal.accept(invocationOf(`${n}`, { replyTo: new ArrayBuffer(1_000) }))
      await passed(n % 7)
      if (n - collected < 50) return
      collected = n
      collectQuickly()
    }
    const lanes = async (from: number, to: number): Promise<void> => {
      let n = from
      const lane = async (): Promise<void> => {
        while (n < to) await call(n++)
      }
      await Promise.all(Array.from({ length: 8 }, lane))
      await expect.poll(() => journal.open().running).toBe(0)
    }
    await lanes(0, 1)
    for (let n = 0; n < 4; n++) collectQuickly() // what the bot was made of has come to where those do not look
    await lanes(1, 400)
    const before = process.memoryUsage().arrayBuffers
    await lanes(400, 2_400)
    collectQuickly()
    collectQuickly()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000)
  })
})

describe('a passing set', () => {
  it('has what was put into it and not taken out', () => {
    const items = Array.from({ length: 50 }, (_, n) => ({ n }))
    const set = new IntrusiveSet<{ readonly n: number; place?: number | undefined }>()
    for (const item of items) set.add(item)
    for (const item of items.filter(({ n }) => n % 3 === 0)) expect(set.delete(item)).toBe(true)
    for (const item of items.filter(({ n }) => n % 3 === 0)) expect(set.delete(item)).toBe(false)
    const left = set.list().map(({ n }) => n)
    expect(left.sort((one, other) => one - other)).toEqual(items.map(({ n }) => n).filter((n) => n % 3 !== 0))
    expect(set.size).toBe(left.length)
    const other = new IntrusiveSet<{ readonly n: number; place?: number | undefined }>()
    other.add({ n: 100 })
    expect(other.delete(set.list()[0] ?? { n: 0 })).toBe(false)
  })
})

describe('a passing map', () => {
  it('is what a Map is, but for the order', () => {
    const map = new RecordMap<number>()
    const known = new Map<string, number>()
    const keys = Array.from({ length: 3_000 }, (_, n) => `${(n * 7_919) % 2_500}`)
    for (const [n, key] of keys.entries()) {
      if (n % 4 === 3) expect(map.delete(key)).toBe(known.delete(key))
      else {
        map.set(key, n)
        known.set(key, n)
      }
      expect(map.size).toBe(known.size)
    }
    for (const key of keys) expect([key, map.get(key), map.has(key)]).toEqual([key, known.get(key), known.has(key)])
    const sorted = (values: Iterable<number>) => [...values].sort((one, other) => one - other)
    expect(sorted(map.values())).toEqual(sorted(known.values()))
    map.clear()
    expect([map.size, map.get('0'), [...map.values()]]).toEqual([0, undefined, []])
  })
})

setV8Flags() // as every bot has them
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void

function collectQuickly(): void {
  collect({ type: 'minor' })
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
