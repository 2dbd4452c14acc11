import { describe, expect, it } from 'vitest'
import { createCommandLimitedQueue } from '../../src/journal/command-limited-queue.js'
import type { Waiting } from '../../src/journal/fair-queue.js'
import { createShares, type Parties, unlimitedShares } from '../../src/journal/fair-shares.js'
import { growthBySteps, linear } from '../fixtures/growth.js'
import { invocationOf } from '../fixtures/invocation.js'
import { fc } from '../fixtures/property.js'

describe('the line of those that wait', () => {
  it('lets rooms take turns, and people within a room', () => {
    const queue = queueOf()
    for (const item of ['Aa1', 'Aa2', 'Aa3', 'Ab1', 'Bc1', 'Bc2']) queue.add(item)
    expect(queue.drain()).toEqual(['Aa1', 'Bc1', 'Ab1', 'Bc2', 'Aa2', 'Aa3'])
    expect(queue.take()).toBeUndefined()
    expect(queue.size()).toBe(0)
  })

  it('does not let a room that comes back go before one that waits', () => {
    const queue = queueOf()
    queue.add('Aa1')
    queue.add('Bb1')
    expect(queue.take()).toBe('Aa1')
    queue.add('Aa2')
    expect(queue.drain()).toEqual(['Bb1', 'Aa2'])
  })

  it('lets others go past whoever has his share of what runs, and him when one of his has ended', () => {
    const queue = queueOf({ person: 1 })
    for (const item of ['Aa1', 'Aa2', 'Ba3', 'Ab1']) queue.add(item)
    expect(queue.drain()).toEqual(['Aa1', 'Ab1'])
    expect(queue.held()).toEqual({ person: 2, command: 0, tenant: 0 })
    queue.end('Aa1')
    expect(queue.drain()).toEqual(['Aa2'])
    queue.end('Aa2')
    expect(queue.drain()).toEqual(['Ba3'])
  })

  it('lets other commands go past one that has its share, the same person’s too', () => {
    const queue = queueOf({ command: 1 })
    for (const item of ['Aa1!', 'Aa2!', 'Aa3?', 'Ab4!']) queue.add(item)
    expect(queue.drain()).toEqual(['Aa1!', 'Aa3?'])
    expect(queue.held()).toEqual({ person: 0, command: 2, tenant: 0 })
    queue.end('Aa1!')
    expect(queue.drain()).toHaveLength(1)
  })

  it('gives a command’s place to who may take it, where the first in line may not', () => {
    const queue = queueOf({ command: 1, person: 1 })
    for (const item of ['Ac1!', 'Aa2!', 'Ab3!', 'Aa4?']) queue.add(item)
    expect(queue.drain()).toEqual(['Ac1!', 'Aa4?'])
    queue.end('Ac1!')
    expect(queue.drain()).toEqual(['Ab3!'])
  })

  it('keeps a person’s calls of a command in order, though some were set aside', () => {
    const queue = queueOf({ command: 1 })
    for (const item of ['Aa1!', 'Aa2!', 'Aa3!']) queue.add(item)
    expect(queue.drain()).toEqual(['Aa1!'])
    for (const [ended, next, more] of [
      ['Aa1!', 'Aa2!', 'Aa4!'],
      ['Aa2!', 'Aa3!', 'Aa5!'],
      ['Aa3!', 'Aa4!', 'Aa6!'],
    ]) {
      queue.add(more ?? '')
      queue.end(ended)
      expect(queue.drain()).toEqual([next])
    }
  })

  it.each([1, 2])('keeps that order whoever’s turn it is when a place is free: after %i looks', (looks) => {
    const queue = queueOf({ command: 1 })
    for (const item of ['Aa1!', 'Aa2!']) queue.add(item)
    expect(queue.take()).toBe('Aa1!')
    for (let look = 0; look < looks; look++) expect(queue.take()).toBeUndefined()
    queue.add('Aa3!')
    queue.end('Aa1!')
    expect(queue.take()).toBe('Aa2!')
  })

  it('lets those that were set aside take turns with the rest', () => {
    const queue = queueOf({ command: 2 })
    for (const item of ['Aa1!', 'Aa2!', 'Aa3!']) queue.add(item)
    expect(queue.drain()).toEqual(['Aa1!', 'Aa2!'])
    queue.end('Aa1!')
    for (const item of ['Ab4?', 'Ab5?']) queue.add(item)
    expect([queue.take(), queue.take()]).toContain('Aa3!')
  })

  it('gives everything out once, each person’s in order, and never more than the shares', () => {
    const step = fc.oneof(
      fc.constant('take' as const),
      fc.nat({ max: 9 }),
      fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('!', '?')),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = queueOf({ person: 2, command: 3, tenant: 4 })
        const added: string[] = []
        const taken: string[] = []
        for (const [n, what] of steps.entries()) {
          if (what === 'take') taken.push(...[queue.take()].filter((item) => item !== undefined))
          else if (typeof what === 'number') queue.end(queue.running()[what])
          else {
            const [room, person, command] = what
            const item = `${room}${person}${String(n).padStart(3, '0')}${command}`
            queue.add(item)
            added.push(item)
          }
          const running = queue.running()
          for (const key of ['a', 'b', 'c', 'd'])
            expect(running.filter((item) => item[1] === key).length).toBeLessThan(3)
          for (const key of ['!', '?']) expect(running.filter((item) => item.endsWith(key)).length).toBeLessThan(4)
          expect(running.length).toBeLessThan(5)
          expect(queue.size()).toBe(added.length - taken.length)
        }
        // Whoever may run does: nothing that waits is forgotten.
        for (;;) {
          const more = queue.drain()
          taken.push(...more)
          if (more.length === 0 && queue.running().length === 0) break
          queue.end(queue.running()[0])
        }
        expect([...taken].sort()).toEqual([...added].sort())
        for (const lane of new Set(added.map((item) => `${item[1]}${item.at(-1)}`))) {
          const of = (items: string[]) => items.filter((item) => `${item[1]}${item.at(-1)}` === lane)
          expect(of(taken)).toEqual(of(added))
        }
      }),
    )
  })

  it('takes no longer per item when much waits', async () => {
    const drained = (times: number) => {
      const queue = queueOf()
      for (let n = 0; n < times * 5_000; n++) queue.add(`${String.fromCodePoint(0x4e00 + (n % (times * 2_500)))}a${n}`)
      return queue.drain()
    }
    expect(await growthBySteps(drained)).toBeLessThan(linear)
    expect(drained(1)).toHaveLength(5_000)
  })

  it('takes no longer per item when much waits for shares that are used up', async () => {
    const drained = (times: number) => {
      const queue = queueOf({ person: 1, command: 2 })
      // One person in many rooms, and many people who wait for one command.
      for (let n = 0; n < times * 1_000; n++) {
        const sign = String.fromCodePoint(0x4e00 + n)
        queue.add(`${sign}a${n}?`)
        queue.add(`A${sign}${n}!`)
      }
      const all = queue.drain()
      for (let [item] = queue.running(); item !== undefined; [item] = queue.running()) {
        queue.end(item)
        all.push(...queue.drain())
      }
      return all
    }
    expect(await growthBySteps(drained)).toBeLessThan(linear)
    expect(drained(1)).toHaveLength(2_000)
  })
})

/** A line of calls written as room, person, what tells them apart, and perhaps `!` and the like for the command. */
function queueOf(running: Partial<(typeof unlimitedShares)['running']> = {}) {
  const shares = createShares({ ...unlimitedShares, running: { ...unlimitedShares.running, ...running } })
  const line = createCommandLimitedQueue<Waiting & { readonly item: string }>()
  const runs = new Map<string, Parties>()
  const take = (): string | undefined => {
    const taken = line.take()
    if (!taken) return undefined
    shares.take(taken, 'running')
    shares.giveBack(taken, 'waiting')
    runs.set(taken.item, taken)
    return taken.item
  }
  return {
    add(item: string) {
      const [room = '', id = ''] = item
      const parties = shares.find(invocationOf(item, { user: { id, name: id } }), /\W$/.exec(item)?.[0] ?? '')
      shares.take(parties, 'waiting')
      line.add({ ...parties, room, item })
    },
    take,
    drain() {
      const items: string[] = []
      for (let item = take(); item !== undefined; item = take()) items.push(item)
      return items
    },
    end(item: string | undefined) {
      const parties = item === undefined ? undefined : runs.get(item)
      if (item === undefined || !parties) return
      runs.delete(item)
      shares.giveBack(parties, 'running')
    },
    running: () => [...runs.keys()],
    size: line.size,
    held: line.held,
  }
}
