import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check } from '../../src/cli/subcommands/check.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom check', () => {
  it('counts the commands that load, and exits 0', async () => {
    const shown = await inTerminal(check, [], { COMMANDS_DIR: 'test/fixtures/commands' })
    expect(shown).toEqual({ code: 0, out: '3 commands good, 0 files broken', err: '' })
  })

  it('names each broken file with its line and reason, and exits 1', async () => {
    const dir = await brokenFolder()
    const { code, out, err } = await inTerminal(check, [], { COMMANDS_DIR: dir })
    expect(code).toBe(1)
    expect(out).toBe('1 command good, 3 files broken')
    expect(err.split('\n')).toHaveLength(3)
    expect(err).toMatch(/syntax\.ts:2: Expected identifier/)
    expect(err).toMatch(/throws\.js:1: Error: not today/)
    expect(err).toMatch(/shapeless\.ts: summary is missing/)
  })

  it('names a schedule that is none', async () => {
    const dir = await emptyFolder()
    await writeFile(join(dir, 'digest.js'), "module.exports = { summary: 'x', schedule: '0 25 * * *', run() {} }")
    const { err } = await inTerminal(check, [], { COMMANDS_DIR: dir })
    expect(err).toMatch(/digest\.js: schedule "0 25 \* \* \*" is not a cron expression: Invalid value for hour: 25$/)
  })

  it('gives the report as JSON', async () => {
    const { code, out } = await inTerminal(check, ['--json'], { COMMANDS_DIR: await brokenFolder() })
    const report = JSON.parse(out)
    expect(code).toBe(1)
    expect(report.commands).toBe(1)
    expect(report.broken[0]).toMatchObject({ file: expect.stringMatching(/shapeless\.ts$/), serves: false })
  })

  it('names rules of the policy that are about no command, which is no fault', async () => {
    const folder = await emptyFolder()
    const policy = join(folder, 'policy.yaml')
    await writeFile(policy, 'rules:\n  - deny: pign\n')
    const env = { COMMANDS_DIR: 'test/fixtures/commands', POLICY_FILE: policy }
    const { code, err } = await inTerminal(check, [], env)
    expect({ code, err }).toEqual({ code: 0, err: `${policy}:2: a rule names “pign”, but there is no such command` })
    expect(JSON.parse((await inTerminal(check, ['--json'], env)).out)).toMatchObject({
      idle: [{ line: 2, name: 'pign' }],
    })
  })

  it('lists hooks with their addresses, and names those that are broken', async () => {
    const hooks = await emptyFolder()
    await writeFile(join(hooks, 'ci.ts'), "export default { summary: 'Builds', run() {} }")
    const gate = "import { github } from 'slashroom/hooks'\nconst verify = github.signature('GATE_SECRET')\n"
    await writeFile(join(hooks, 'gate.ts'), `${gate}export default { summary: 'Pushes', verify, to: 'ops', run() {} }`)
    const env = { COMMANDS_DIR: 'test/fixtures/commands', HOOKS_DIR: hooks }
    expect(await inTerminal(check, [], { ...env, GATE_SECRET: 'x' })).toEqual({
      code: 0,
      out: '/hooks/ci  Builds  token\n/hooks/gate  Pushes  verified\n3 commands, 2 hooks good, 0 files broken',
      err: '',
    })
    const { code, out, err } = await inTerminal(check, [], env)
    expect({ code, out }).toEqual({ code: 1, out: '/hooks/ci  Builds  token\n3 commands, 1 hook good, 1 file broken' })
    expect(err).toMatch(/gate\.ts: GATE_SECRET is not set: verify needs the secret that it holds$/)
    expect(JSON.parse((await inTerminal(check, ['--json'], env)).out)).toMatchObject({
      commands: 3,
      hooks: [{ address: '/hooks/ci', summary: 'Builds', proof: 'token' }],
      broken: [{ file: join(hooks, 'gate.ts') }],
    })
  })

  it('names the setting where there is no such directory', async () => {
    const env = { COMMANDS_DIR: 'test/fixtures/commands', HOOKS_DIR: 'no/such/place' }
    await expect(inTerminal(check, [], env)).rejects.toThrow(/^HOOKS_DIR: /)
    await expect(inTerminal(check, [], { COMMANDS_DIR: 'no/such/place' })).rejects.toThrow(/^COMMANDS_DIR: /)
  })
})

async function brokenFolder(): Promise<string> {
  const dir = await emptyFolder()
  const files = {
    'good.ts': "export default { summary: 'Works', run: () => 'yes' }",
    'syntax.ts': 'const a = 1\nexport default {{',
    'throws.js': "throw new Error('not today')",
    'shapeless.ts': 'export default { run() {} }',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  return dir
}
