import { describe, expect, it } from 'vitest'
import { command, say, whisper } from '../../src/authoring.js'
import { type TestRoom, testRoom } from '../../src/testing/test-room.js'

const now = Date.UTC(2030, 0, 1, 8)
const remind = command({
  summary: 'Reminds',
  options: {
    in: { type: 'string', positional: true, required: true },
    line: { type: 'string', positional: true, rest: true, required: true },
  },
  run: async ({ options, later }) => void (await later(options.in, options.line)),
})
const echo = command({
  summary: 'Says it again',
  options: { text: { type: 'string', positional: true, rest: true, required: true } },
  run: ({ options }) => options.text,
})

describe('/later', () => {
  it('lists one’s own lines in all rooms, the soonest first, and nobody else’s', async () => {
    const room = testRoom({ remind, echo }, { now })
    await room.type('/remind 2h /echo second')
    await room.as({ room: 'lab' }).type('/remind 1h /echo   first')
    await room.as('ben').type('/remind 1h /echo his')
    await room.as({ tenant: 'other' }).type('/remind 1h /echo elsewhere')
    expect(await room.type('/later')).toEqual([
      whisper('2. Tue 2030-01-01 09:00 UTC in lab: /echo first\n1. Tue 2030-01-01 10:00 UTC in general: /echo second'),
    ])
    expect(await room.as('ada').type('/later')).toEqual([whisper('No line of yours waits.')])
  })

  it('cancels by number, which a line keeps while others come and go', async () => {
    const room = testRoom({ remind, echo }, { now })
    for (const [when, text] of [
      ['1h', 'one'],
      ['2h', 'two'],
      ['3h', 'three'],
    ]) {
      await room.type(`/remind ${when} /echo ${text}`)
    }
    await room.advance('1h')
    expect(room.shown()).toEqual([say('one')])
    expect(await room.type('/later cancel 2')).toEqual([
      whisper('Cancelled:\n2. Tue 2030-01-01 10:00 UTC in general: /echo two'),
    ])
    expect(await room.type('/later')).toEqual([whisper('3. Tue 2030-01-01 11:00 UTC in general: /echo three')])
    await room.advance('24h')
    expect(room.shown()).toEqual([say('three')])
  })

  it('cancels nothing where one of the numbers is not one’s own', async () => {
    const room = testRoom({ remind, echo }, { now })
    await room.type('/remind 1h /echo mine')
    expect(await room.type('/later cancel 1 7')).toEqual([
      whisper('No line of yours has the number 7: /later lists them.'),
    ])
    expect(await room.as('ben').type('/later cancel 1')).toEqual([
      whisper('No line of yours has the number 1: /later lists them.'),
    ])
    expect(await room.type('/later cancel')).toEqual([whisper('Say which: /later lists them with their numbers.')])
    await room.advance('1h')
    expect(room.shown()).toEqual([say('mine')])
  })

  it('is there where a command can leave lines, and only there', async () => {
    const list = async (room: TestRoom) => JSON.stringify(await room.type('/help'))
    expect(await list(testRoom({ remind }))).toContain('/later   Lists the lines')
    expect(await list(testRoom({ echo }))).not.toContain('/later')
  })

  it('stands back where the bot has a command of that name', async () => {
    const own = command({ summary: 'Own', run: () => 'own' })
    expect(await testRoom({ remind, later: own }).type('/later')).toEqual([say('own')])
  })
})
