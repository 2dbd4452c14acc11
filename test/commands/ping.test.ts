import { describe, expect, it } from 'vitest'
import ping from '../../commands/ping.js'
import { roomWith, textOf } from './room.js'

describe('/ping', () => {
  const room = roomWith({ ping })

  it('says how long the message took', async () => {
    expect(textOf(await room.type('/ping', { at: Date.now() - 2500 }))).toMatch(
      /^Pong, Ana\. Your message took 2\.5 s\.$/,
    )
  })

  it('says nothing below zero when the service’s clock is ahead', async () => {
    expect(textOf(await room.type('/ping', { at: Date.now() + 60_000 }))).toMatch(/took 0 ms\.$/)
  })
})
