import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { subcommands } from '../../src/cli/subcommands.js'
import { build, runProgram, slashroom } from '../fixtures/slashroom.js'

const names = Object.keys(subcommands)

describe('the command line', () => {
  let folder = ''

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-main-'))
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  const call = (...args: string[]) => runProgram(process.execPath, [slashroom, ...args])

  it.each([[[]], [['--help']], [['help']]])('lists its subcommands for %j', async (args) => {
    const { code, out } = await call(...args)
    expect(code).toBe(0)
    for (const name of names) expect(out).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'))
  })

  it.each(names)('explains %s, and does nothing else', async (name) => {
    const [asOption, asWord] = await Promise.all([call(name, '--help'), call('help', name)])
    expect(asOption).toMatchObject({ code: 0, err: '' })
    expect(asOption.out).toMatch(new RegExp(`^Usage: slashroom ${name}`))
    expect(asWord).toEqual(asOption)
  })

  it('tells its version', async () => {
    expect((await call('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('exits 2 at a subcommand that there is not, and says which was meant', async () => {
    const { code, err } = await call('strat')
    expect(code).toBe(2)
    expect(err).toBe(
      'slashroom: there is no subcommand "strat". Did you mean "start"? "slashroom --help" lists them.\n',
    )
  })

  it('exits 2 at an option that there is not', async () => {
    const { code, err } = await call('check', '--yaml')
    expect(code).toBe(2)
    expect(err).toBe('slashroom: Unknown option \'--yaml\'. "slashroom check --help" shows how.\n')
    expect((await call('check', '--josn')).err).toContain('Did you mean "--json"?')
    expect(await call('start', '--port', '3')).toMatchObject({ code: 2, out: '' })
  })

  it.each([
    ['process.exit(0)', /^.*odd\.ts:2: it called process\.exit\(\) while loading\n$/],
    ["Promise.reject(new Error('late'))", /^.*odd\.ts:2: Error: late\n$/],
    ["queueMicrotask(() => { throw new Error('late') })", /^.*odd\.ts:2: Error: late\n$/],
  ])('names the file that does %s when it is loaded', async (statement, said) => {
    const dir = await mkdtemp(join(folder, '_odd-'))
    await writeFile(
      join(dir, 'odd.ts'),
      `interface A { a: 1 }\n${statement}\nexport default { summary: 'x', run() {} }`,
    )
    const { code, err } = await runProgram(process.execPath, [slashroom, 'check'], { env: { COMMANDS_DIR: dir } })
    expect(err).toMatch(said)
    expect(code).toBe(1)
  })

  it('exits 1 at a bad setting, with one line that names it', async () => {
    const { code, out, err } = await runProgram(process.execPath, [slashroom, 'start'], { env: { PORT: 'http' } })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe('slashroom: PORT must be a whole number from 0 to 65535, not "http".\n')
  })

  it('exits 1 where several processes would each have a memory of their own', async () => {
    const env = { WORKERS: '2', STORE_URL: 'memory:' }
    const { code, out, err } = await runProgram(process.execPath, [slashroom, 'start'], { env })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^slashroom: WORKERS above 1 requires a shared STORE_URL: .*\n$/)
  })

  it('stops when it is asked while it still waits for its store', async () => {
    const env = { PORT: '0', STORE_URL: 'redis://127.0.0.1:1', SECRET_KEY: '00'.repeat(32) }
    const bot = spawn(process.execPath, [slashroom, 'start'], { env: { PATH: process.env['PATH'], ...env } })
    await once(bot.stdout, 'data') // it says that Redis is away
    bot.kill('SIGTERM')
    expect((await once(bot, 'exit'))[0]).toBe(0)
  })

  it('exits 1 where the store is away, with one line', async () => {
    const env = { STORE_URL: 'redis://127.0.0.1:1', SECRET_KEY: '00'.repeat(32) }
    const { code, err } = await runProgram(process.execPath, [slashroom, 'audit'], { env })
    expect(code).toBe(1)
    expect(err).toMatch(/^slashroom: Redis cannot be reached: .*\n$/)
  })

  it('uses no colours where nobody sees them', async () => {
    const { out } = await call('run', '/deploy status')
    expect(out).toContain('Service')
    expect(out).not.toContain('\u001b')
  })

  it('keeps the log out of the answers, with the lines of the command file', async () => {
    await writeFile(
      join(folder, 'boom.ts'),
      "// fails\nexport default { summary: 'x', run() { throw new Error('kaputt') } }",
    )
    const env = { COMMANDS_DIR: folder }
    const { code, out, err } = await runProgram(process.execPath, [slashroom, 'run', '/boom', '--json'], { env })
    expect(code).toBe(1)
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ tone: 'bad' }, { outcome: 'failed' }])
    expect(err).toMatch(
      /ERROR: command failed {2}invocation=terminal-[\w-]+ {2}command=boom\n {4}Error: kaputt\n.*boom\.ts:2:/,
    )
  })

  it('reads lines from standard input, in one room', async () => {
    const source = `exports.default = {
      summary: 'Counts',
      async run({ store }) { const n = Number(await store.get('n') ?? 0) + 1; await store.set('n', n); return String(n) },
    }`
    await writeFile(join(folder, 'count.cjs'), source)
    const env = { COMMANDS_DIR: folder }
    const typed = (input: string) => runProgram(process.execPath, [slashroom, 'run'], { env, input })
    expect(await typed('/count\n\n/count\n')).toEqual({ code: 0, out: '1\n2\n', err: '' })
    expect(await typed('/count\n/count 7 8\n')).toMatchObject({ code: 1, out: expect.stringMatching(/^1\n\(only you/) })
  })

  it('ends though a command file left something open', async () => {
    await writeFile(
      join(folder, 'open.js'),
      "setInterval(() => {}, 1000); exports.default = { summary: 'Stays', run: () => 'done' }",
    )
    const env = { COMMANDS_DIR: folder }
    const { code, out } = await runProgram(process.execPath, [slashroom, 'run', '/open'], { env })
    expect({ code, out }).toEqual({ code: 0, out: 'done\n' }) // one that did not end would be killed
  })

  it('ends quietly where whoever reads has read enough', async () => {
    const { err } = await runProgram('sh', ['-c', `"${process.execPath}" "${slashroom}" commands --json | head -c 1`])
    expect(err).toBe('')
  })
})
