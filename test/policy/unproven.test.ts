import { describe, expect, it } from 'vitest'
import { command, say } from '../../src/authoring.js'
import { testRoom } from '../../src/testing/test-room.js'

const commands = {
  status: command({ summary: 'Status', run: () => say('up') }),
  drop: command({ summary: 'Drops', confirm: true, run: () => say('dropped') }),
  deploy: command({
    summary: 'Deploys',
    run: ({ invocation }) => say(`as ${invocation.confirmedBy?.name} agreed`),
  }),
}
const policy = 'rules:\n  - approve: deploy\n  - allow: "*"\n'
const alice = { user: { name: 'alice', unproven: true } }
const other = { user: { name: 'alice_', unproven: true } }

describe('who is known by a name alone', () => {
  it('runs what everybody may run, and says yes to it', async () => {
    const room = testRoom(commands, { policy }).as(alice)
    expect(await room.type('/status')).toEqual([say('up')])
    await room.type('/drop')
    expect(await room.press('Yes')).toEqual([say('dropped')])
  })

  it('gives no second yes: they may be the caller under another name', async () => {
    const room = testRoom(commands, { policy })
    await room.type('/deploy')
    await room.as(other).press('Yes')
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as('bob').press('Yes')).toEqual([say('as bob agreed')])
  })

  it('gets no second yes: who gives it may be themselves, logged in', async () => {
    const room = testRoom(commands, { policy })
    await room.as(alice).type('/deploy')
    await room.as('bob').press('Yes')
    expect(room.outcome()).toBe('forbidden')
  })
})
