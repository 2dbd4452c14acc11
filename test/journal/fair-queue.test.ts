import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFairQueue } from '../../src/journal/fair-queue.js'
import { growth, linear } from '../fixtures/growth.js'

describe('the queue', () => {
  const inTurns = () => createFairQueue<string>([(item) => item[0] ?? '', (item) => item[1] ?? ''])

  it('lets rooms take turns, and people within a room', () => {
    const queue = inTurns()
    for (const item of ['Aa1', 'Aa2', 'Aa3', 'Ab1', 'Ba1', 'Ba2']) queue.add(item)
    expect(drain(queue)).toEqual(['Aa1', 'Ba1', 'Ab1', 'Ba2', 'Aa2', 'Aa3'])
    expect(queue.take()).toBeUndefined()
    expect(queue.size()).toBe(0)
  })

  it('does not let a room that comes back go before one that waits', () => {
    const queue = inTurns()
    queue.add('Aa1')
    queue.add('Ba1')
    expect(queue.take()).toBe('Aa1')
    queue.add('Aa2')
    expect(drain(queue)).toEqual(['Ba1', 'Aa2'])
  })

  it('gives everything out once, and each person’s in order', () => {
    const step = fc.oneof(fc.constant(undefined), fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('a', 'b')))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = inTurns()
        const added: string[] = []
        const taken: string[] = []
        for (const [n, who] of steps.entries()) {
          const item = who ? `${who.join('')}${String(n).padStart(3, '0')}` : queue.take()
          if (item === undefined) continue
          if (who) queue.add(item)
          ;(who ? added : taken).push(item)
          expect(queue.size()).toBe(added.length - taken.length)
        }
        taken.push(...drain(queue))
        expect([...taken].sort()).toEqual([...added].sort())
        for (const lane of new Set(added.map((item) => item.slice(0, 2)))) {
          const of = (items: string[]) => items.filter((item) => item.startsWith(lane))
          expect(of(taken)).toEqual(of(added))
        }
      }),
    )
  })

  it('takes no longer per item when much waits', async () => {
    const drained = (times: number) => {
      const queue = inTurns()
      for (let n = 0; n < times * 5_000; n++) queue.add(`${String.fromCodePoint(0x4e00 + (n % (times * 2_500)))}a${n}`)
      return drain(queue)
    }
    expect(await growth(drained)).toBeLessThan(linear)
    expect(drained(1)).toHaveLength(5_000)
  })
})

function drain<Item>(queue: { take(): Item | undefined }): Item[] {
  const items: Item[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) items.push(item)
  return items
}
