import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/subcommands/run.js'
import { steering, unprintable } from '../fixtures/unprintable.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom run', () => {
  it('shows what a line is answered with, and exits 0', async () => {
    expect(await runLine('/greet Ada')).toEqual({ code: 0, out: 'Hello, Ada!', err: '' })
  })

  it('shows what only the caller would see as such, and exits 1 on a usage error', async () => {
    const { code, out } = await runLine('/greet')
    expect(code).toBe(1)
    expect(out).toMatch(/^\(only you see this\) who is missing\./)
  })

  it.each([[], ['--json']])('lets no reply steer the terminal, with %j', async (...options) => {
    const { out, err } = await runLine(`/greet "two\nlines ${steering}"`, ...options)
    expect(out).not.toMatch(unprintable)
    expect(err).not.toMatch(unprintable)
    if (options.length === 0) expect(out.split('\n')).toHaveLength(2)
    else expect(out).toContain('\\u202eab')
  })

  it('exits 1 when a command fails', async () => {
    const { code, out } = await runLine('/fail')
    expect(code).toBe(1)
    expect(out).toMatch(/\/fail failed \(id terminal-/)
  })

  it('says of a line that is no command that it is none, and exits 1', async () => {
    const { code, err } = await runLine('good morning')
    expect(code).toBe(1)
    expect(err).toBe('slashroom: "good morning" is not a command here; "slashroom commands" lists them.')
  })

  it.each([
    ['greet Ada', '/greet'],
    ['gret Ada', '/greet'],
  ])('says what was meant where the slash was left out: %s', async (line, meant) => {
    const { code, err } = await runLine(line)
    expect(code).toBe(1)
    expect(err).toContain(`is not a command here, did you mean ${meant}?`)
  })

  it('exits 2 where the line was not given as one word', async () => {
    const { code, err } = await inTerminal(run, ['/greet', 'Ada'])
    expect(code).toBe(2)
    expect(err).toContain("slashroom run '/deploy status'")
  })

  it('says of a line that is answered with a question that it has not run, and exits 1', async () => {
    const { code, out, err } = await runLine('/drop')
    expect(out).toMatch(/Type \/confirm \w{4} within 5m/)
    expect(err).toMatch(/^slashroom: it did not run, because it asks first\./)
    expect(code).toBe(1)
  })

  it('gives replies and outcome as lines of JSON', async () => {
    const { out } = await runLine('/greet Ada', '--json')
    const [reply, last] = out.split('\n').map((line) => JSON.parse(line))
    expect(reply).toMatchObject({ kind: 'text', text: 'Hello, Ada!', audience: 'room' })
    expect(last).toEqual({ outcome: 'done' })
  })

  it('says what a bot would type later', async () => {
    const { code, out, err } = await runLine('/nag')
    expect([code, out]).toEqual([0, 'ok'])
    expect(err).toMatch(/^slashroom: a bot would type this at \d{4}-\d\d-\d\dT.*Z: \/greet you$/)
  })

  it('runs as whom and where it is told', async () => {
    const { out } = await runLine('/where', '--user', 'Grace', '--room', 'lounge')
    expect(out).toBe('Grace in lounge')
  })
})

async function runLine(line: string, ...options: string[]) {
  const dir = await emptyFolder()
  const files = {
    'greet.ts': `export default {
      summary: 'Greets',
      options: { who: { type: 'string', positional: true, required: true } },
      run: ({ options }: { options: { who: string } }) => \`Hello, \${options.who}!\`,
    }`,
    'drop.js': "module.exports = { summary: 'Drops', confirm: true, run: () => 'gone' }",
    'fail.js': "module.exports = { summary: 'Fails', run() { throw new Error('no') } }",
    'nag.js': `module.exports = { summary: 'Nags', async run({ later }) { await later('10m', '/greet you'); return 'ok' } }`,
    'where.js': `module.exports = {
      summary: 'Tells where', run: ({ invocation: { user, room } }) => \`\${user.name} in \${room.name}\`,
    }`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  return await inTerminal(run, [line, ...options], { COMMANDS_DIR: dir })
}
