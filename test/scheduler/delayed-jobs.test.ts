import { describe, expect, it } from 'vitest'
import { command, say, whisper } from '../../src/authoring.js'
import { testRoom } from '../../src/testing/test-room.js'

const now = Date.UTC(2030, 0, 1, 8)
const remind = command({
  summary: 'Reminds',
  options: {
    in: { type: 'string', positional: true, required: true },
    line: { type: 'string', positional: true, rest: true, required: true },
  },
  async run({ options, later }) {
    await later(options.in, options.line)
    return whisper('Noted.')
  },
})
const echo = command({
  summary: 'Says it again',
  options: { text: { type: 'string', positional: true, rest: true, required: true } },
  run: ({ options, invocation }) => `${invocation.user.name} in ${invocation.room.name}: ${options.text}`,
})

describe('later', () => {
  it('types a line again at its time, once, in the same room and for the same person', async () => {
    const room = testRoom({ remind, echo }, { now })
    const lab = room.as({ user: 'ben', room: 'lab' })
    expect(await lab.type('/remind 10m /echo pizza')).toEqual([whisper('Noted.')])
    await room.advance('9m')
    expect(lab.shown()).toEqual([])
    await room.advance('1m')
    expect([lab.shown(), room.shown()]).toEqual([[say('ben in lab: pizza')], []])
    await room.advance('24h')
    expect(lab.shown()).toEqual([])
  })

  it('takes a duration, milliseconds or a date, and gives different lines of a call different ids', async () => {
    const ids: string[] = []
    const three = command({
      summary: 'Three',
      async run({ later, invocation }) {
        ids.push(await later('3m', '/echo text'), await later(60_000, '/echo number'))
        ids.push(await later(new Date(invocation.at + 120_000), '/echo date'))
      },
    })
    const room = testRoom({ three, echo }, { now })
    await room.type('/three')
    await room.advance('1h')
    expect(room.shown()).toEqual(['number', 'date', 'text'].map((text) => say(`alice in general: ${text}`)))
    expect(new Set(ids).size).toBe(3)
  })

  it('refuses what is no time, over, or more than a year ahead', async () => {
    const room = testRoom({ remind }, { now })
    for (const [when, told] of [
      ['soon', '“soon” is not a valid time: write it as 10m or 2h.'],
      ['0s', 'That time has passed: it must be at least a second from now.'],
      ['400d', 'That is too far in the future: the limit is one year.'],
    ]) {
      expect(await room.type(`/remind ${when} /echo x`)).toEqual([whisper(told ?? '')])
    }
    const odd = command({
      summary: 'Odd',
      run: async ({ later }) => void (await later(new Date(Number.NaN), '/echo x')),
    })
    const other = testRoom({ odd })
    await other.type('/odd')
    expect(other.outcome()).toBe('usage')
  })

  it('refuses a line that is none, for the log to tell', async () => {
    const room = testRoom({ remind }, { now })
    await room.type('/remind 10m hello')
    expect(room.outcome()).toBe('failed')
  })

  const many = command({
    summary: 'Many',
    options: { count: { type: 'integer', positional: true, default: 1 } },
    async run({ options, later }) {
      for (let n = 0; n < options.count; n++) await later('10m', '/echo x')
      return 'kept'
    },
  })

  it('keeps a hundred lines for a person, and no more until one has run', async () => {
    const room = testRoom({ many, echo }, { now })
    expect(await room.type('/many 100')).toEqual([say('kept')])
    const full = [whisper('100 of your lines are already waiting here, which is the limit. /later lists them.')]
    expect(await room.type('/many')).toEqual(full)
    expect(await room.as({ room: 'lab' }).type('/many')).toEqual(full)
    expect(await room.as('ben').type('/many')).toEqual([say('kept')])
    expect(await room.as({ tenant: 'other' }).type('/many 100')).toEqual([say('kept')])
    await room.type('/later cancel 7')
    expect(await room.type('/many')).toEqual([say('kept')])
    await room.advance('10m')
    expect(await room.type('/many')).toEqual([say('kept')])
  })

  it('keeps a thousand lines for a tenant, and no more until one has run', async () => {
    const room = testRoom({ many, echo }, { now })
    for (let n = 0; n < 10; n++) expect(await room.as(`person ${n}`).type('/many 100')).toEqual([say('kept')])
    expect(await room.type('/many')).toEqual([whisper('1,000 lines are already waiting here, which is the limit.')])
    expect(await room.as({ tenant: 'other' }).type('/many')).toEqual([say('kept')])
    await room.advance('10m')
    expect(room.shown()).toHaveLength(1_000)
    expect(await room.type('/many')).toEqual([say('kept')])
    expect(await room.type('/later')).toEqual([whisper('1. Tue 2030-01-01 08:20 UTC in general: /echo x')])
  })

  it('is judged when it runs, without the roles of then', async () => {
    const secret = command({ summary: 'Secret', allow: { roles: ['admin'] }, run: () => 'secret' })
    const room = testRoom({ remind, secret }, { now, roles: ['admin'] })
    await room.type('/remind 10m /secret')
    expect(await room.type('/secret')).toEqual([say('secret')])
    await room.advance('10m')
    expect(room.shown()).toEqual([whisper('You may not run /secret here.')])
  })

  it('gives a line that a schedule left its own command’s rights, and no other’s', async () => {
    const tick = command({
      summary: 'Ticks',
      options: { again: { type: 'boolean' } },
      schedule: '0 9 * * *',
      allow: { users: ['ada'] },
      async run({ options, later }) {
        if (options.again) return 'again'
        await later('1m', '/tick --again')
        await later('2m', '/secret')
        return 'first'
      },
    })
    const secret = command({ summary: 'Secret', allow: { users: ['ada'] }, run: () => 'secret' })
    const room = testRoom({ tick, secret }, { now })
    await room.advance('2h')
    expect(room.shown()).toEqual([say('first'), say('again'), say('You may not run /secret here.')])
  })

  it('lives in the store: what one bot was told, the next says', async () => {
    const first = testRoom({ remind, echo }, { now })
    await first.type('/remind 10m /echo pizza')
    first.stop()
    await first.advance('20m')
    expect(first.shown()).toEqual([])
    const second = testRoom({ remind, echo }, { now: first.now(), store: first.store })
    await second.advance(1)
    expect(second.shown()).toEqual([say('alice in general: pizza')])
  })
})
