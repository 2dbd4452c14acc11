import { describe, expect, it } from 'vitest'
import { createPace } from '../../../src/platforms/telegram/delivery/pace.js'

describe('the pace of messages', () => {
  const start = () => {
    let time = 0
    const pace = createPace(() => time)
    const pass = (ms: number) => {
      time += ms
    }
    return { pace, pass }
  }

  it('is one a second in a chat, and others do not wait for it', () => {
    const { pace, pass } = start()
    expect([pace.reserve('1', 2_000), pace.reserve('1', 2_000), pace.reserve('2', 2_000)]).toEqual([0, 1_000, 0])
    pass(3_000)
    expect(pace.reserve('1', 2_000)).toBe(0)
  })

  it('is twenty a minute in a group, in a talk with somebody none', () => {
    const { pace, pass } = start()
    for (let n = 0; n < 20; n++) {
      expect([pace.reserve('-1', 0), pace.reserve('1', 0)]).toEqual([0, 0])
      pass(1_000)
    }
    expect([pace.reserve('-1', 0), pace.reserve('1', 0)]).toEqual([40_000, 0])
    pass(40_000)
    expect(pace.reserve('-1', 0)).toBe(0)
  })

  it('is thirty a second in all', () => {
    const { pace } = start()
    const waits = Array.from({ length: 31 }, (_, n) => pace.reserve(String(n), 2_000))
    expect(waits).toEqual([...Array.from({ length: 30 }, () => 0), 1_000])
  })

  it('counts nobody’s turn where it is too far off, nor one that was not used', () => {
    const { pace } = start()
    expect([pace.reserve('1', 0), pace.reserve('1', 0), pace.reserve('1', 2_000)]).toEqual([0, 1_000, 1_000])
    pace.giveBack('1')
    expect(pace.reserve('1', 2_000)).toBe(1_000)
  })
})
