import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, runProgram } from '../fixtures/slashroom.js'

/** Loaded when somebody needs it; together they take longer to load than all that a first answer needs. */
const late = /\/dist\/lib\/|\/node_modules\/(esbuild|jiti)\//

describe('a start', () => {
  let folder = ''
  const dist = new URL('../../dist/', import.meta.url)

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-start-'))
    await writeFile(join(folder, 'ping.mjs'), `export default { summary: 'Pong', run: () => 'pong' }`)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Starts a bot, does what `act` says with its `url`, and gives the CommonJS modules that are loaded then. */
  async function loadedAfter(act = ''): Promise<readonly string[]> {
    const script = `
      import { createRequire } from 'node:module'
      import { createBot } from '${dist.href}index.js'
      const env = { SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_API_URL: 'http://127.0.0.1:9/' }
      const settings = { host: '127.0.0.1', port: 0, commandsDir: '.', storeUrl: 'file:./data', logLevel: 'error' }
      const bot = createBot({ ...settings, baseUrl: 'http://localhost', env })
      const url = \`http://127.0.0.1:\${(await bot.start()).port}\`
      ${act}
      console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)))
      process.exit()`
    const { out } = await runProgram(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    return JSON.parse(out) as readonly string[]
  }

  it('loads nothing that a first answer has no need of', async () => {
    const loaded = await loadedAfter()
    expect(loaded.filter((file) => late.test(file))).toEqual([])
    expect(loaded.filter((file) => file.endsWith('/dist/load.cjs'))).not.toEqual([])
  })

  it('loads the metrics for whom looks at them', async () => {
    const loaded = await loadedAfter(`
      const metrics = await (await fetch(url + '/metrics')).text()
      if (!metrics.includes('slashroom_open_invocations{state="waiting"} 0')) throw new Error(metrics)
      if (!metrics.includes('process_cpu_seconds_total')) throw new Error(metrics)`)
    expect(loaded.filter((file) => file.endsWith('/dist/lib/prom-client.cjs'))).not.toEqual([])
  })

  it('reads in its bundle what it needs of large libraries, not all of them', async () => {
    const files = sourcesIn(await readFile(new URL('slashroom.cjs', dist), 'utf8'))
    expect(files).toContain('undici/lib/dispatcher/pool.js')
    expect(files).not.toContain('undici/index.js')
    expect(files.filter((file) => file.startsWith('jose/')).length).toBeLessThan(20)
  })

  it('has a licence of all that is bundled', async () => {
    const licenses = await readFile(new URL('LICENSES.md', dist), 'utf8')
    const bundles = [
      'slashroom.cjs',
      ...(await readdir(new URL('lib/', dist))).filter(isBundle).map((name) => `lib/${name}`),
    ]
    const texts = await Promise.all(bundles.map((name) => readFile(new URL(name, dist), 'utf8')))
    const packages = new Set(texts.flatMap(sourcesIn).map((file) => /^(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]))
    expect(packages.size).toBeGreaterThan(50)
    for (const text of texts) expect(text).not.toContain(fileURLToPath(new URL('..', dist))) // nor a path of the machine
    for (const name of packages) expect(licenses).toContain(`\n## ${name} `)
  })

  it('caches what was compiled, does without if that is broken, and removes what an earlier build cached', async () => {
    const installed = join(folder, 'node_modules/slashroom')
    await cp(dist, join(installed, 'dist'), { recursive: true })
    await cp(new URL('../package.json', dist), join(installed, 'package.json'))
    for (const name of ['@esbuild', '@lmdb', 'jiti'])
      await symlink(new URL(`../node_modules/${name}`, dist), join(folder, 'node_modules', name))
    // Its library is imported, not required.
    await writeFile(join(folder, 'late.mjs'), `export default await { summary: 'Late', run: () => 'late' }`)
    const run = (line = '/ping') =>
      runProgram(process.execPath, [join(installed, 'dist/cli/main.js'), 'run', line], {
        cwd: folder,
        env: { COMMANDS_DIR: folder },
      })
    const cache = join(folder, 'node_modules/.cache/slashroom')
    const answered = { code: 0, out: 'pong\n', err: '' }

    expect(await run()).toEqual(answered)
    const kept = (await readdir(cache, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
    expect(kept).not.toEqual([])
    expect(await run()).toEqual(answered)
    expect(await run('/late')).toEqual({ ...answered, out: 'late\n' })

    const [outdated, other] = ['cli_subcommands_run', 'cli_worker'].map((purpose) =>
      join(cache, `${purpose}-0123456789abcdef-11.3-x64.bin`),
    ) as [string, string]
    await Promise.all([outdated, other].map((file) => writeFile(file, 'of an earlier build')))
    for (const { name, parentPath } of kept) await writeFile(join(parentPath, name), 'broken')
    expect(await run()).toEqual(answered)
    expect([existsSync(outdated), existsSync(other)]).toEqual([false, true])
  })
})

const isBundle = (name: string) => name.endsWith('.cjs')

/** The files of packages that a bundle says it is made of. */
function sourcesIn(bundle: string): readonly string[] {
  return Array.from(bundle.matchAll(/^\/\/ \S*node_modules\/(\S+)$/gm), ([, file = '']) => file)
}
