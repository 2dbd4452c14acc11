import { describe, expect, it } from 'vitest'
import { createFairLane } from '../../../src/platforms/irc/fair-lane.js'

describe('the turns of a channel', () => {
  it('come to somebody with a line before those with many, however many flood', async () => {
    const { order, join, next } = begun('flood 1')
    for (const name of ['flood 2', 'flood 3', 'flood 1', 'flood 2', 'flood 3', 'flood 1']) join(name)
    await next(15, 3)
    join('alice')
    await next(15)
    join('alice')
    await next(1)
    expect(order).toEqual(['flood 2', 'flood 3', 'flood 2', 'alice', 'alice'])
  })

  it('come to somebody with a line before those who began to flood at the same time', async () => {
    const { order, join, next } = begun('flood 1')
    for (const name of ['flood 2', 'flood 2', 'flood 3', 'flood 3', 'alice']) join(name)
    await next(15)
    join('alice')
    await next(1)
    expect(order).toEqual(['alice', 'alice'])
  })

  it('are not all for somebody who was silent: half a minute is credited', async () => {
    const { order, join, next } = begun('busy')
    for (let count = 0; count < 20; count++) join('busy')
    await next(60, 10)
    for (let count = 0; count < 10; count++) join('silent')
    order.splice(0)
    await next(20, 5)
    expect(order).toEqual(['silent', 'silent', 'silent', 'busy', 'silent'])
  })

  it('end when nobody waits', () => {
    expect(begun('alice').lane.startNext()).toBe(false)
  })
})

/** A lane in which somebody has begun, and who comes next. */
function begun(first: string) {
  let now = 0
  const order: string[] = []
  const lane = createFairLane(first, { now: () => now })
  const join = (name: string) => void lane.join(name).then(() => order.push(name))
  /** Lets each of the turns take so many seconds. */
  const next = async (seconds: number, turns = 1) => {
    for (let turn = 0; turn < turns; turn++) {
      now += seconds * 1_000
      lane.startNext()
      await new Promise(setImmediate)
    }
  }
  return { lane, order, join, next }
}
