import { describe, expect, it } from 'vitest'
import { command, say } from '../../src/authoring.js'
import { type TestIdentity, testRoom } from '../../src/testing/test-room.js'

const commands = {
  status: command({ summary: 'Shows', run: ({ invocation }) => say(`for ${invocation.user.tenant}`) }),
  deploy: command({
    summary: 'Deploys',
    run: ({ invocation }) => say(`as ${invocation.confirmedBy?.name} agreed`),
  }),
  drop: command({ summary: 'Drops', confirm: { by: ['eve', 'bob'] }, run: () => say('gone') }),
  remind: command({ summary: 'Reminds', run: ({ later }) => later('10m', '/deploy').then(() => say('yes')) }),
  own: command({ summary: 'Own', allow: { when: ({ user }) => !user.external }, run: () => say('own') }),
}
const eve = { user: { name: 'eve', tenant: 'T9', external: true } }
const mallory = { user: { name: 'mallory', tenant: 'T8', external: true } }
const lost = { user: { name: 'lost', external: true } }

/** How a line ends that somebody types under a policy. */
async function outcome(policy: string | undefined, line: string, who: TestIdentity | string) {
  const room = testRoom(commands, policy === undefined ? {} : { policy }).as(who)
  await room.type(line)
  return room.outcome()
}

describe('a user from outside', () => {
  it('may run nothing, not even what is built in, where no rule lets them in', async () => {
    for (const policy of [
      undefined,
      'default: allow',
      'rules:\n  - allow: "*"\n',
      'rules:\n  - allow: status\n    users: eve\n',
    ]) {
      for (const line of ['/status', '/help', '/confirm K7Q2'])
        expect(await outcome(policy, line, eve), `${policy} ${line}`).toBe('forbidden')
      expect(await outcome(policy, '/status', 'alice')).toBe('done')
    }
    const [notice] = await testRoom(commands).as(eve).type('/status')
    expect(notice).toMatchObject({ audience: 'caller', text: expect.stringContaining('only what the operator allows') })
  })

  it('may run what a rule lets in that says from where, and is told in help of nothing else', async () => {
    const policy = 'rules:\n  - allow: status\n    from: [T9]\n'
    expect(await testRoom(commands, { policy }).as(eve).type('/status')).toEqual([say('for T9')])
    expect(await outcome(policy, '/deploy', eve)).toBe('forbidden')
    expect(await outcome(policy, '/status', mallory)).toBe('forbidden')
    expect(await outcome(policy, '/help', mallory)).toBe('forbidden')
    expect(await outcome(policy, '/status', lost)).toBe('forbidden')
    const [help] = await testRoom(commands, { policy }).as(eve).type('/help')
    expect(help).toMatchObject({ text: expect.stringContaining('/status ') })
    expect(help).toMatchObject({ text: expect.not.stringContaining('/deploy') })
    expect(await outcome('rules:\n  - allow: "*"\n    from: external\n', '/status', lost)).toBe('done')
  })

  it('is kept out by rules that deny, and by the command itself, like anybody else', async () => {
    const policy = 'rules:\n  - deny: status\n  - allow: "*"\n    from: T9\n'
    expect(await outcome(policy, '/status', eve)).toBe('forbidden')
    expect(await outcome(policy, '/deploy', eve)).toBe('done')
    expect(await outcome(policy, '/own', eve)).toBe('forbidden')
  })

  it('is not who a rule for the tenant’s own people is about, nor the other way round', async () => {
    const policy = 'default: deny\nrules:\n  - allow: status\n    from: tenant\n  - allow: deploy\n    from: external\n'
    expect(await outcome(policy, '/status', 'alice')).toBe('done')
    expect(await outcome(policy, '/status', eve)).toBe('forbidden')
    expect(await outcome(policy, '/status', lost)).toBe('forbidden')
    expect(await outcome(policy, '/deploy', 'alice')).toBe('forbidden')
    expect(await outcome(policy, '/deploy', eve)).toBe('done')
  })

  it('is never the second person of an approval, though named and let in', async () => {
    const policy = `
rules:
  - approve: deploy
    by: [eve, bob]
    users: [alice]
  - approve: deploy
    from: [T9]
  - allow: "*"
    from: [T9]
`
    const room = testRoom(commands, { policy })
    await room.type('/deploy')
    await room.as(eve).press('Yes')
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as('bob').press('Yes')).toEqual([say('as bob agreed')])

    await room.as('carol').type('/drop')
    await room.as(eve).press('Yes')
    expect(room.outcome()).toBe('forbidden')

    // Their own call needs somebody from here.
    await room.as(eve).type('/deploy')
    await room.as({ user: { name: 'ida', tenant: 'T9', external: true } }).press('Yes')
    expect(room.outcome()).toBe('forbidden')
  })

  it('is from outside later too', async () => {
    const policy = 'rules:\n  - allow: remind\n    from: [T9]\n'
    const room = testRoom(commands, { policy }).as(eve)
    expect(await room.type('/remind')).toEqual([say('yes')])
    await room.advance('11m')
    expect(room.outcome()).toBe('forbidden')
  })
})
