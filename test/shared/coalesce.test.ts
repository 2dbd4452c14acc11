import { describe, expect, it } from 'vitest'
import { singleFlight } from '../../src/shared/coalesce.js'
import { createSerialQueue } from '../../src/shared/serial-queue.js'

describe('a single flight', () => {
  it('is shared by all who ask while it runs, and begins anew for the next', async () => {
    let runs = 0
    const ask = singleFlight(async () => ++runs)
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
    expect(await ask()).toBe(2)
  })

  it('begins anew after it failed', async () => {
    let runs = 0
    const ask = singleFlight(async () => {
      if (++runs === 1) throw new Error('failed')
      return runs
    })
    await expect(ask()).rejects.toThrow('failed')
    expect(await ask()).toBe(2)
  })
})

describe('a serial queue', () => {
  it('runs one step at a time in their order, behind one that failed too', async () => {
    const inTurn = createSerialQueue()
    const said: string[] = []
    const step = (name: string) => async () => {
      said.push(`${name} begins`)
      await Promise.resolve()
      said.push(`${name} ends`)
      if (name === 'a') throw new Error('failed')
    }
    const [first] = await Promise.allSettled([inTurn(step('a')), inTurn(step('b'))])
    expect(first.status).toBe('rejected')
    expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })
})
