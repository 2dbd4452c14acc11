import { say, whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import remind from './remind.js'

describe('/remind', () => {
  const open = () => testRoom({ remind }, { user: 'Ana', now: Date.UTC(2030, 0, 1, 9) })

  it('reminds when it is time, once', async () => {
    const room = open()
    expect(await room.type('/remind 2h call the dentist')).toEqual([whisper('Noted for 2030-01-01 11:00 UTC.')])
    await room.type('/remind 20m "pizza" is in the oven -- now')
    await room.advance('30m')
    expect(room.shown()).toEqual([say('@Ana: "pizza" is in the oven -- now', { notify: true })])
    await room.advance('24h')
    expect(room.shown()).toEqual([say('@Ana: call the dentist', { notify: true })])
  })

  it('reminds whoever asked, where they asked', async () => {
    const room = open()
    const kitchen = room.as({ user: 'Ben', room: 'kitchen' })
    await kitchen.type('/remind 1m eggs')
    await room.advance('1m')
    expect([room.shown(), kitchen.shown()]).toEqual([[], [say('@Ben: eggs', { notify: true })]])
  })

  it('outlives the bot', async () => {
    const room = open()
    await room.type('/remind 10m call Bob')
    room.stop()
    const next = testRoom({ remind }, { store: room.store, now: room.now() + 3_600_000 })
    await next.advance(0)
    expect(next.shown()).toEqual([say('@Ana: call Bob', { notify: true })])
  })

  it('asks for what is missing', async () => {
    const room = open()
    await room.type('/remind 20m')
    expect(room.outcome()).toBe('usage')
  })
})
