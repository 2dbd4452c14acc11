import { say } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import flag from './flag.js'
import flags from './flags.js'

describe('/flag and /flags', () => {
  // Without its question: how that is asked and answered is the framework's part.
  const open = () => testRoom({ flag: { ...flag, confirm: false }, flags }, { user: 'Ana', roles: ['developer'] })

  it('asks before it switches', () => {
    expect(flag.confirm).toBe('This changes it for everyone. Continue?')
  })

  it('switches, and lists what is switched', async () => {
    const room = open()
    await room.type('/flag old-search off')
    expect(await room.type('/flag new-checkout on')).toEqual([say('new-checkout is on, says Ana.', { tone: 'good' })])
    expect(await room.as({ roles: [] }).type('/flags')).toEqual([say('new-checkout: on\nold-search: off')])
  })

  it('is for developers only', async () => {
    const room = open()
    await room.as({ roles: ['guest'] }).type('/flag new-checkout on')
    expect(room.outcome()).toBe('forbidden')
    expect(await room.type('/flags')).toEqual([say('There are no flags yet. Create one with /flag name on')])
  })
})
