import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type AckPriority, createAckPriority } from '../../src/server/ack-priority.js'

describe('What was asked for', () => {
  let arrivals: AckPriority
  afterEach(() => arrivals.close())

  it('runs at once, whoever arrives, while nothing blocks', () => {
    arrivals = createAckPriority(60_000)
    arrivals.arriving++
    expect(arrivals.whenIdle).toBeUndefined()
  })

  it('lets those who came during a block be answered first, and starts one after the other', async () => {
    arrivals = createAckPriority(300, 60_000)
    block(600)
    await sleep(1) // timers come first
    const said: string[] = []
    const answer = (what: string) => {
      said.push(what)
      arrivals.arriving--
    }
    arrivals.arriving++
    const first = Promise.resolve(arrivals.whenIdle?.()).then(() => {
      said.push('first')
      arrivals.arriving++
      setImmediate(answer, 'answered too')
    })
    const second = Promise.resolve(arrivals.whenIdle?.()).then(() => said.push('second'))
    setTimeout(answer, 50, 'answered')
    await Promise.all([first, second])
    expect(said).toEqual(['answered', 'first', 'answered too', 'second'])
  })

  it('does not wait for ever for one that waits itself', async () => {
    arrivals = createAckPriority(300)
    block(600)
    await sleep(1) // timers come first
    arrivals.arriving++
    expect(arrivals.whenIdle).toBeDefined()
    await expect(arrivals.whenIdle?.()).resolves.toBeUndefined()
  })

  function block(ms: number): void {
    const until = performance.now() + ms
    while (performance.now() < until);
  }
})
