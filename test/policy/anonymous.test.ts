import { describe, expect, it } from 'vitest'
import { command, say } from '../../src/authoring.js'
import { testRoom } from '../../src/testing/test-room.js'

const commands = {
  status: command({ summary: 'Shows', run: () => say('green') }),
  roll: command({ summary: 'Throws dice', allow: 'anyone', run: () => say('4') }),
  deploy: command({ summary: 'Deploys', allow: { users: ['alice'] }, run: () => say('shipped') }),
}

/** How a line ends that somebody of whom nothing is proven types under a policy. */
async function outcome(policy: string | undefined, line: string, who = 'anonymous') {
  const room = testRoom(commands, policy === undefined ? {} : { policy }).as(who)
  await room.type(line)
  return room.outcome()
}

describe('a user of whom nothing is proven', () => {
  it('may run help and what is for anyone, where there is no policy', async () => {
    expect(await outcome(undefined, '/roll')).toBe('done')
    expect(await outcome(undefined, '/help')).toBe('done')
    for (const line of ['/status', '/deploy']) expect(await outcome(undefined, line), line).toBe('forbidden')
    const [notice] = await testRoom(commands).as('anonymous').type('/status')
    expect(notice).toMatchObject({ audience: 'caller', text: expect.stringContaining('Your identity is not verified') })
  })

  it('is told in help of nothing else', async () => {
    const [help] = await testRoom(commands).as('anonymous').type('/help')
    expect(help).toMatchObject({ text: expect.stringContaining('/roll') })
    expect(help).toMatchObject({ text: expect.not.stringContaining('/status') })
  })

  it('may run what a rule lets it run by its name, and what is for anyone while the default allows', async () => {
    const policy = 'rules:\n  - allow: status\n    users: anonymous\n'
    expect(await outcome(policy, '/status')).toBe('done')
    expect(await outcome(policy, '/roll')).toBe('done')
    expect(await outcome(policy, '/deploy')).toBe('forbidden')
    expect(await outcome(`default: deny\n${policy}`, '/status')).toBe('done')
    expect(await outcome(`default: deny\n${policy}`, '/roll')).toBe('forbidden')
  })

  it('is not let in by a rule that names nobody, and is kept out by one', async () => {
    expect(await outcome('rules:\n  - allow: "*"\n', '/status')).toBe('forbidden')
    expect(await outcome('rules:\n  - approve: "*"\n', '/status')).toBe('forbidden')
    expect(await outcome('rules:\n  - deny: roll\n', '/roll')).toBe('forbidden')
    expect(await outcome('rules:\n  - allow: "*"\n', '/status', 'alice')).toBe('done')
  })

  it('must be among those whom the command itself names, too', async () => {
    const policy = 'rules:\n  - allow: deploy\n    users: anonymous\n'
    expect(await outcome(policy, '/deploy')).toBe('forbidden')
  })
})

describe("allow: 'anyone'", () => {
  it('lets everybody run a command who is known', async () => {
    expect(await outcome(undefined, '/roll', 'alice')).toBe('done')
    expect(await outcome('rules:\n  - deny: roll\n', '/roll', 'alice')).toBe('forbidden')
  })
})
