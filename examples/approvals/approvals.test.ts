import { type Reply, say, whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import approve from './approve.js'
import request from './request.js'

describe('/request and /approve', () => {
  const open = () => testRoom({ request, approve }, { user: 'Ana' })
  const button = ([reply]: readonly Reply[]) => (reply?.kind === 'card' ? (reply.card.buttons?.[0]?.command ?? '') : '')

  it('takes one yes, of somebody else', async () => {
    const room = open()
    const yes = button(await room.type('/request Refund order 1234'))
    expect(yes).toMatch(/^\/approve \d{4}$/)
    expect(await room.type(yes)).toEqual([whisper('Someone else must approve this.')])
    expect(await room.as('Ben').type(yes)).toEqual([
      say('Ben approved this for Ana: Refund order 1234', { tone: 'good', notify: true }),
    ])
    expect(await room.as('Cleo').type(yes)).toEqual([whisper('This has already been approved.')])
  })

  it('forgets after a day', async () => {
    const room = open()
    const yes = button(await room.type('/request Refund order 1234'))
    await room.advance(86_400_001)
    expect(await room.as('Ben').type(yes)).toEqual([whisper('There is no such request, or it is more than a day old.')])
  })
})
