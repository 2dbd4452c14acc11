import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInTerminal } from '../fixtures/pseudo-terminal.js'
import { build, runProgram } from '../fixtures/slashroom.js'

describe('npm create slashroom', () => {
  let folder = ''
  let tarballs: readonly string[] = []

  /** As `npm create slashroom …` runs it once it has been published: from npm's own folder, with nothing installed here. */
  const create = async (...args: string[]) => {
    const packages = tarballs.map((name) => `--package=./${name}`)
    const env = { NO_COLOR: '1', npm_config_cache: join(folder, 'cache') }
    const call = ['exec', '--yes', '--prefer-offline', '--no-audit', ...packages, '--', 'create-slashroom', ...args]
    return await runProgram('npm', call, { cwd: folder, env })
  }

  /** As it runs in a terminal. */
  const createInTerminal = async (args: readonly string[], keys: readonly string[]) => {
    const packages = tarballs.map((name) => `--package=./${name}`)
    const line = ['npm', 'exec', '--yes', '--prefer-offline', ...packages, '--', 'create-slashroom', ...args].join(' ')
    const env = { NO_COLOR: '1', npm_config_cache: join(folder, 'cache') }
    return await runInTerminal(line, keys, { cwd: folder, env, prompt: ']? ' })
  }

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-create-'))
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]
    await Promise.all([runProgram('npm', pack), runProgram('npm', [...pack, './create'])])
    tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).toSorted()
    // What npm downloaded before is used again; what it installs to run this once goes when the test has ended.
    const { out } = await runProgram('npm', ['config', 'get', 'cache'])
    await mkdir(join(folder, 'cache'))
    await symlink(join(out.trim(), '_cacache'), join(folder, 'cache/_cacache'))
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('makes a bot whose own test passes', async () => {
    const packed = tarballs.find((name) => name.startsWith('slashroom-')) ?? 'none'
    const { code, out, err } = await create('my-bot', '--from', packed)
    expect(out, err).toMatch(/^Created my-bot: \d+ files in my-bot\.$/m)
    expect(code).toBe(0)
    const cwd = join(folder, 'my-bot')
    const installed = await runProgram('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd })
    expect(installed.code, installed.err).toBe(0)
    const tested = await runProgram('npm', ['test'], { cwd, env: { NO_COLOR: '1' } })
    expect(tested.out, tested.err).toMatch(/Tests +2 passed/)
  })

  it('asks in a terminal, again where an answer cannot be, and makes a bot in JavaScript that passes its own tests', async () => {
    const packed = tarballs.find((name) => name.startsWith('slashroom-')) ?? 'none'
    const { code, out } = await createInTerminal(
      ['--from', packed],
      ['asked-bot\r', 'slack, teletype\r', 'irc,xmpp\r', 'js\r'],
    )
    expect(out).toContain('Name of its folder [my-bot]? ')
    expect(out).toContain('there is no teletype. There are hipchat, slack,')
    expect(out).toMatch(/Created asked-bot: .*commands\/hello\.js is \/hello\. .* connect it to IRC and XMPP\./s)
    expect(code).toBe(0)
    const cwd = join(folder, 'asked-bot')
    await runProgram('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd })
    const tested = await runProgram('npm', ['test'], { cwd, env: { NO_COLOR: '1' } })
    expect(tested.out, tested.err).toMatch(/Tests +2 passed/)
    const checked = await runProgram('npm', ['run', 'check'], { cwd })
    expect(checked.out, checked.err).toContain('1 command good, 0 files broken')
    const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
    expect(await runProgram(process.execPath, [compiler, '-p', 'jsconfig.json'], { cwd })).toMatchObject({
      code: 0,
      out: '',
    })
  })

  it('makes nothing where the terminal is closed at a question', async () => {
    const { code, out } = await createInTerminal([], ['my-bot\r', '\x04'])
    expect(out).toContain('slashroom: nothing was created.')
    expect(code).toBe(1)
  })

  it('says how it is called where no folder is named, and fails as slashroom does', async () => {
    expect(await create()).toMatchObject({ code: 2, err: expect.stringContaining('npm create slashroom <folder>') })
    const { code, err } = await create('cache')
    expect(err).toMatch(/cache is not empty/)
    expect(code).toBe(1)
  })

  it('comes with the slashroom of the same version', async () => {
    const [own, create] = await Promise.all([readJson('package.json'), readJson('create/package.json')])
    expect(create).toMatchObject({ version: own.version, dependencies: { slashroom: `^${own.version}` } })
  })
})

async function readJson(path: string): Promise<{ readonly version: string }> {
  return JSON.parse(await readFile(path, 'utf8')) // a manifest of ours
}
