import { whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import poll from './poll.js'
import vote from './vote.js'

describe('/poll and /vote', () => {
  const open = () => testRoom({ poll, vote }, { user: 'Ana' })

  it('counts one vote for each person', async () => {
    const room = open()
    const [asked] = await room.type('/poll "Lunch?" pizza “green sushi”')
    expect(asked).toMatchObject({
      card: { title: 'Lunch?', buttons: [{ command: '/vote 1' }, { label: 'green sushi', command: '/vote 2' }] },
    })
    await room.type('/vote 1')
    await room.as('Ben').type('/vote 2')
    const [counted] = await room.type('/vote 2')
    expect(counted).toMatchObject({
      card: {
        text: '2 votes',
        fields: [
          { label: 'pizza', value: '0' },
          { label: 'green sushi', value: '2' },
        ],
      },
    })
  })

  it('begins at nothing with each poll', async () => {
    const room = open()
    await room.type('/poll "Lunch?" pizza sushi')
    await room.type('/vote 1')
    await room.type('/poll "Dinner?" pasta soup')
    expect(await room.type('/vote 2')).toMatchObject([{ card: { text: '1 vote' } }])
  })

  it.each(['/poll', '/poll "Lunch?" pizza', '/vote 3', '/vote pizza'])('refuses %s', async (line) => {
    const room = open()
    await room.type('/poll "Lunch?" pizza sushi')
    await room.type(line)
    expect(room.outcome()).toBe('usage')
  })

  it('belongs to its room and its day', async () => {
    const room = open()
    await room.type('/poll "Lunch?" pizza sushi')
    const none = [whisper('There is no poll here. Start one with /poll')]
    expect(await room.as({ room: 'elsewhere' }).type('/vote 1')).toEqual(none)
    await room.advance(86_400_001)
    expect(await room.type('/vote 1')).toEqual(none)
  })
})
