import { say } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import onCall from './on-call.js'

describe('/on-call', () => {
  it('hands over for a time, and forgets when that has passed', async () => {
    const room = testRoom(onCall, { people: ['ben'] })
    const nobody = [say('Nobody is on call. Take it with /on-call @you', { tone: 'warning' })]
    expect(await room.type('/on-call')).toEqual(nobody)
    expect(await room.type('/on-call @ben --for 1h30m')).toEqual([say('ben is on call for 1.5 h.', { tone: 'good' })])
    await room.advance(3_600_000)
    expect(await room.type('/on-call')).toEqual([say('ben is on call for another 30 min.')])
    await room.advance(1_800_001)
    expect(await room.type('/on-call')).toEqual(nobody)
  })
})
