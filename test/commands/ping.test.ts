import { testRoom } from 'slashroom/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ping from '../../commands/ping.js'
import { textOf } from './text.js'

describe('/ping', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())

  it('says how long the message took', async () => {
    expect(textOf(await testRoom(ping, { now: Date.now() - 2500 }).type('/ping'))).toMatch(
      /^Pong, alice\. Your message took 2\.5 s\.$/,
    )
  })

  it('says nothing below zero when the service’s clock is ahead', async () => {
    expect(textOf(await testRoom(ping, { now: Date.now() + 60_000 }).type('/ping'))).toMatch(/took 0 ms\.$/)
  })
})
