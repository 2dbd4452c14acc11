import { describe, expect, it } from 'vitest'
import standup from '../../commands/standup.js'
import { roomWith, textOf } from './room.js'

const monday = new Date(2026, 4, 4, 9).getTime()
const tuesday = new Date(2026, 4, 5, 9).getTime()

describe('/standup', () => {
  const open = () => {
    const room = roomWith({ standup })
    return async (line: string, name = 'Ana', at = monday, where = 'r1') =>
      textOf(await room.type(line, { user: { id: name, name }, at, room: where }))
  }

  it('says how to begin when nobody has said anything', async () => {
    expect(await open()('/standup')).toBe('Nobody has said anything for 2026-05-04 yet. Begin with: /standup today …')
  })

  it.each([
    '/standup yesterday login fixed; today release 2.1; blockers legal',
    '/standup yesterday: login fixed today: release 2.1 blocked: legal',
    '/standup Yesterday login fixed.\ntoday release 2.1\nBlocked legal',
    '/standup y: login fixed t: release 2.1 b: legal',
    '/standup release 2.1; blockers: legal; yesterday: login fixed',
  ])('cuts a line into its parts: %s', async (line) => {
    const type = open()
    await type(line)
    expect(await type('/standup')).toMatch(
      /^Standup of 2026-05-04: 1 person, blocked: Ana\n\nAna\n {2}yesterday: login fixed\.?\n {2}today: release 2\.1\n {2}blockers: legal$/,
    )
  })

  it('takes a line without a label as what is done today', async () => {
    const type = open()
    expect(await type('/standup ship the thing I could not finish yesterday')).toBe(
      'Noted, Ana.\n  today: ship the thing I could not finish yesterday\nStill open: yesterday, blockers.',
    )
  })

  it('adds up what comes in several messages, the later word for a part counting', async () => {
    const type = open()
    await type('/standup today release')
    await type('/standup blockers: none')
    expect(await type('/standup today tests; yesterday: login')).toBe(
      'Noted, Ana.\n  yesterday: login\n  today: tests\n  blockers: none\nSee everybody’s with /standup',
    )
    expect(await type('/standup')).toMatch(/^Standup of 2026-05-04: 1 person\n/)
  })

  it('shows everybody of the room, and nobody of another room or day', async () => {
    const type = open()
    await type('/standup release', 'Ana')
    await type('/standup tests', 'Ben')
    await type('/standup elsewhere', 'Cleo', monday, 'r1:2026-05-04')
    await type('/standup later', 'Ana', tuesday)
    const shown = await type('/standup')
    expect(shown).toContain('2 people')
    expect(shown).toMatch(/\nAna\n.*\n\nBen\n/)
    expect(shown).not.toMatch(/Cleo|later/)
    expect(await type('/standup yesterday', 'Ana', tuesday)).toBe(shown)
    expect(await type('/standup 2026-05-04', 'Ana', tuesday)).toBe(shown)
  })

  it('clears what its asker said', async () => {
    const type = open()
    await type('/standup release')
    expect(await type('/standup clear')).toBe('Your standup of today is cleared.')
    expect(await type('/standup')).toMatch(/^Nobody/)
  })

  it('bounds what one person can leave behind', async () => {
    const type = open()
    await type(`/standup today ${'x'.repeat(1400)}`)
    expect((await type('/standup')).length).toBeLessThan(600)
    expect(await type(`/standup ${'x'.repeat(2000)}`)).toMatch(/1500/)
  })

  it.each([';;;', 'today; yesterday', ': : :', 'a\u202eb\u0000', 'today '.repeat(200)])('answers %j', async (text) => {
    expect(await open()(`/standup ${text}`)).toMatch(/^(Noted|Say what you do)/)
  })
})
