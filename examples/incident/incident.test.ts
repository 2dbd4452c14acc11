import { say, whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import close from './incident/close.js'
import open from './incident/open.js'

describe('/incident', () => {
  const room = () => testRoom({ 'incident open': open, 'incident close': close }, { user: 'Ana' })

  it('opens loudly and closes with its length', async () => {
    const ops = room()
    expect(await ops.type('/incident open -s major Checkout is down')).toMatchObject([
      { tone: 'bad', notify: true, card: { title: 'Incident: Checkout is down' } },
    ])
    await ops.advance(42 * 60_000)
    expect(await ops.as('Ben').type('/incident close')).toEqual([
      say('Closed after 42 min: Checkout is down', { tone: 'good', notify: true }),
    ])
    expect(await ops.type('/incident close')).toEqual([whisper('There is no open incident here.')])
  })

  it('is one at a time in a room, whoever is first', async () => {
    const ops = room()
    const both = await Promise.all([ops.type('/incident open Slow'), ops.as('Ben').type('/incident open Slower')])
    expect(both.flat().filter(({ kind }) => kind === 'card')).toHaveLength(1)
    expect(await ops.as({ room: 'other' }).type('/incident open Slow')).toMatchObject([{ kind: 'card', notify: false }])
  })
})
