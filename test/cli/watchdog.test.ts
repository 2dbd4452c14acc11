import { describe, expect, it } from 'vitest'
import { createWatchdog } from '../../src/cli/watchdog.js'

describe('the watchdog', () => {
  it('bites whoever is silent for several looks in a row, and nobody else', () => {
    const watchdog = createWatchdog<string>(2)
    for (const worker of ['silent', 'lively', 'gone']) watchdog.heard(worker)
    watchdog.forget('gone')
    const bitten = [1, 2, 3].map(() => {
      watchdog.heard('lively')
      return watchdog.look()
    })
    expect(bitten).toEqual([[], [], ['silent']])
  })

  it('waits for one that is starting', () => {
    const watchdog = createWatchdog<string>(0)
    expect(watchdog.look()).toEqual([])
    watchdog.heard('started')
    expect(watchdog.look()).toEqual(['started'])
  })
})
