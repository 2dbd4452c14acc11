import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, runProgram, slashroom } from '../fixtures/slashroom.js'

describe('a bot of one’s own', () => {
  let folder = ''
  let bot = ''
  let saidAtInstallation = ''

  const npm = async (...args: string[]) => await runProgram('npm', args, { cwd: bot, env: { NO_COLOR: '1' } })
  const npx = async (...args: string[]) => await npm('exec', '--no', '--', 'slashroom', ...args)

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-new-'))
    bot = join(folder, 'my-bot')
    await runProgram('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? 'none'
    await runProgram(process.execPath, [slashroom, 'new', 'my-bot', '--from', tarball], { cwd: folder })
    const installed = await npm('install', '--prefer-offline', '--no-audit', '--no-fund')
    expect(installed.code, installed.err).toBe(0)
    saidAtInstallation = installed.out + installed.err
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is installed without a warning, in few packages', async () => {
    expect(saidAtInstallation).not.toMatch(/warn/i)
    const lock = await readFile(join(bot, 'node_modules/.package-lock.json'), 'utf8')
    const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, { readonly dev?: boolean }>> }
    const served = Object.keys(packages).filter((name) => packages[name]?.dev !== true)
    expect(served).toContain('node_modules/slashroom')
    expect(served.length).toBeLessThan(10) // in 2026-11 there were 148
  })

  it('passes its own test', async () => {
    const { code, out, err } = await npm('test')
    expect(out, err).toMatch(/Tests +2 passed/)
    expect(code).toBe(0)
  })

  it('passes its own check, types and all', async () => {
    const { code, out, err } = await npm('run', 'check')
    expect(out, err).toContain('1 command good, 0 files broken')
    expect(code).toBe(0)
  })

  it('answers', async () => {
    const { code, out, err } = await npx('run', '/hello Ada', '--user', 'Grace')
    expect(out, err).toBe('Hello, Ada! Grace says so.\n')
    expect(code).toBe(0)
  })

  it('takes a new command whose test passes', async () => {
    expect((await npx('new', 'command', 'deploy/status')).out).toContain('commands/deploy/status.ts is /deploy status.')
    const { out, err } = await npm('test')
    expect(out, err).toMatch(/Tests +4 passed/)
    expect((await npx('commands')).out).toMatch(/^\/deploy status /m)
  })

  it('is told of a misspelt option by the compiler', async () => {
    const source = `import { command } from 'slashroom'
export default command({
  summary: 'x',
  options: { who: { type: 'string' } },
  run: ({ options }) => options.whom,
})`
    await writeFile(join(bot, 'commands/wrong.ts'), source)
    const { code, out } = await npm('run', 'check')
    await rm(join(bot, 'commands/wrong.ts'))
    expect(code).not.toBe(0)
    expect(out).toMatch(/wrong\.ts.*'whom' does not exist/)
  })

  it.each(['NodeNext', 'Bundler'])('resolves the types with moduleResolution %s', async (resolution) => {
    const module = resolution === 'Bundler' ? 'ESNext' : 'NodeNext'
    const config = { extends: './tsconfig.json', compilerOptions: { module, moduleResolution: resolution } }
    await writeFile(join(bot, `${resolution}.json`), JSON.stringify(config))
    const { code, out } = await npm('exec', '--no', '--', 'tsc', '-p', `${resolution}.json`)
    expect(out).toBe('')
    expect(code).toBe(0)
  })

  it('has the files of the room page and the descriptor in its package', async () => {
    const files = await readdir(join(bot, 'node_modules/slashroom'), { recursive: true })
    expect(files).toEqual(
      expect.arrayContaining([
        'descriptor.json',
        'dist/simulator/page/index.html',
        'dist/testing/test-room.d.ts',
        'docs/guide.md',
      ]),
    )
  })
})
