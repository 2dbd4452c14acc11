import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { policy } from '../../src/cli/subcommands/policy-explain.js'
import { emptyFolder, inTerminal } from './terminal.js'

const text = `rules:
  - allow: count *
    roles: [captain]
  - approve: count up
    rooms: ["#ops"]
  - deny: "*"
    users: [eve]
`

describe('slashroom policy explain', () => {
  it('says which rule decides, and why not one before it', async () => {
    const settings = await settingsWith(text)
    const file = settings.POLICY_FILE
    expect((await inTerminal(policy, ['explain', '7', 'count up', '--role', 'captain'], settings)).out).toBe(
      `7 may run /count up, according to the policy.\n${file}:2 allow count *: decides`,
    )
    expect((await inTerminal(policy, ['explain', '7', '/count', 'up', '--room', '#ops'], settings)).out).toBe(
      [
        '7 needs approval to run /count up, according to the policy.',
        `${file}:2 allow count *: skipped: its roles do not match`,
        `${file}:4 approve count up: decides; approved by anyone else who may run it`,
      ].join('\n'),
    )
    expect((await inTerminal(policy, ['explain', '7', 'echo'], settings)).out).toBe(
      [
        '7 may run /echo, according to the policy.',
        `${file}:6 deny *: skipped: its users do not match`,
        'No rule matches: the default decides',
      ].join('\n'),
    )
  })

  it('says so of people from outside, whom only a rule lets in that says from where', async () => {
    const settings = await settingsWith(`${text}  - allow: count\n    from: [T9]\n`)
    const explain = async (name: string, from: string) =>
      (await inTerminal(policy, ['explain', '7', name, '--tenant', 'T1', '--from', from], settings)).out
    expect(await explain('echo', 'T1')).toMatch('7 may run /echo')
    expect(await explain('echo', 'T9')).toMatch('7 may not run /echo')
    expect(await explain('count up', 'T9')).toMatch('skipped: its from do not match')
  })

  it('gives it as JSON', async () => {
    const { out, code } = await inTerminal(policy, ['explain', 'eve', 'echo', '--json'], await settingsWith(text))
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      command: 'echo',
      user: 'eve',
      decision: 'deny',
      rule: { line: 6, decision: 'deny', commands: ['*'], users: ['eve'] },
      passed: [],
    })
  })

  it('names what is wrong with the call, the command or the file', async () => {
    const settings = await settingsWith(text)
    expect((await inTerminal(policy, ['explain', 'eve'], settings)).code).toBe(2)
    expect((await inTerminal(policy, [], settings)).err).toMatch(/policy explain <user>/)
    await expect(inTerminal(policy, ['explain', 'eve', 'nothing'], settings)).rejects.toThrow('no command "nothing"')
    const broken = await settingsWith('rules:\n  - dney: x\n')
    await expect(inTerminal(policy, ['explain', 'eve', 'echo'], broken)).rejects.toThrow(/policy\.yaml:2: there is no/)
  })
})

async function settingsWith(policy: string) {
  const file = join(await emptyFolder(), 'policy.yaml')
  await writeFile(file, policy)
  return { COMMANDS_DIR: 'test/fixtures/commands', POLICY_FILE: file }
}
