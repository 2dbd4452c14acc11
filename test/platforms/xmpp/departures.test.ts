import { describe, expect, it } from 'vitest'
import { createDepartures } from '../../../src/platforms/xmpp/connection/departures.js'

const { xml } = await import('@xmpp/client' as string)

const left = (from: string, ...codes: string[]) =>
  xml(
    'presence',
    { from, type: 'unavailable' },
    xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' }, ...codes.map((code) => xml('status', { code }))),
  )

describe('somebody who left while the server held messages', () => {
  it('has not stayed, nor has anybody without a resumed session', () => {
    const departures = createDepartures()
    departures.presence(left('ops@rooms.example/ann'))
    departures.presence(xml('presence', { from: 'ops@rooms.example/bob' }))
    const stayed = () => ['ann', 'bob'].map((nick) => departures.hasStayed('ops@rooms.example', nick))
    expect(stayed()).toEqual([false, false])
    departures.begin(true)
    expect(stayed()).toEqual([false, true])
    departures.begin(false)
    expect(stayed()).toEqual([false, false])
  })

  it('may be anybody in a room from which the bot was removed', () => {
    const departures = createDepartures()
    departures.presence(left('ops@rooms.example/bot', '110', '307'))
    departures.begin(true)
    expect(departures.hasStayed('ops@rooms.example', 'ann')).toBe(false)
    expect(departures.hasStayed('dev@rooms.example', 'ann')).toBe(true)
  })
})
