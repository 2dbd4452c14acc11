import { type TestRoom, testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import standup from '../../commands/standup.js'
import { textOf } from './text.js'

const monday = new Date(2026, 4, 4, 9).getTime()
const dayMs = 86_400_000

describe('/standup', () => {
  const open = () => testRoom(standup, { user: 'Ana', now: monday })
  const said = async (room: TestRoom, line = '/standup') => textOf(await room.type(line))

  it('says how to begin when nobody has said anything', async () => {
    expect(await said(open())).toBe('Nobody has said anything for 2026-05-04 yet. Start with: /standup today …')
  })

  it.each([
    '/standup yesterday login fixed; today release 2.1; blockers legal',
    '/standup yesterday: login fixed today: release 2.1 blocked: legal',
    '/standup Yesterday login fixed.\ntoday release 2.1\nBlocked legal',
    '/standup y: login fixed t: release 2.1 b: legal',
    '/standup release 2.1; blockers: legal; yesterday: login fixed',
  ])('cuts a line into its parts: %s', async (line) => {
    const room = open()
    await room.type(line)
    expect(await said(room)).toMatch(
      /^Standup for 2026-05-04: 1 person, blocked: Ana\n\nAna\n {2}yesterday: login fixed\.?\n {2}today: release 2\.1\n {2}blockers: legal$/,
    )
  })

  it('takes a line without a label as what is done today', async () => {
    const room = open()
    expect(await said(room, '/standup ship the thing I could not finish yesterday')).toBe(
      'Noted, Ana.\n  today: ship the thing I could not finish yesterday\nStill open: yesterday, blockers.',
    )
  })

  it('adds up what comes in several messages, the later word for a part counting', async () => {
    const room = open()
    await room.type('/standup today release')
    await room.type('/standup blockers: none')
    expect(await said(room, '/standup today tests; yesterday: login')).toBe(
      'Noted, Ana.\n  yesterday: login\n  today: tests\n  blockers: none\nSee everybody’s with /standup',
    )
    expect(await said(room)).toMatch(/^Standup for 2026-05-04: 1 person\n/)
  })

  it('shows everybody of the room, and nobody of another room or day', async () => {
    const room = open()
    await room.type('/standup release')
    await room.as('Ben').type('/standup tests')
    await room.as({ user: 'Cleo', room: 'general:2026-05-04' }).type('/standup elsewhere')
    const shown = await said(room)
    expect(shown).toContain('2 people')
    expect(shown).toMatch(/\nAna\n.*\n\nBen\n/)
    expect(shown).not.toContain('Cleo')

    await room.advance(dayMs)
    await room.type('/standup later')
    expect(await said(room)).not.toContain('release')
    expect(await said(room, '/standup yesterday')).toBe(shown)
    expect(await said(room, '/standup 2026-05-04')).toBe(shown)
    await room.advance(30 * dayMs)
    expect(await said(room, '/standup 2026-05-04')).toMatch(/^Nobody/)
  })

  it('clears what its caller said', async () => {
    const room = open()
    await room.type('/standup release')
    expect(await said(room, '/standup clear')).toBe('Your standup for today is cleared.')
    expect(await said(room)).toMatch(/^Nobody/)
  })

  it('bounds what one person can leave behind', async () => {
    const room = open()
    await room.type(`/standup today ${'x'.repeat(1400)}`)
    expect((await said(room)).length).toBeLessThan(600)
    expect(await said(room, `/standup ${'x'.repeat(2000)}`)).toMatch(/1500/)
  })

  it.each([';;;', 'today; yesterday', ': : :', 'a\u202eb\u0000', 'today '.repeat(200)])('answers %j', async (text) => {
    expect(await said(open(), `/standup ${text}`)).toMatch(/^(Noted|Say what you are doing)/)
  })
})
