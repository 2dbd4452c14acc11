import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, runProgram } from '../fixtures/slashroom.js'

/** Loaded when somebody needs it; together they take longer to load than all that a first answer needs. */
const late = /node_modules\/(prom-client|@opentelemetry|esbuild|undici\/index|co-body|ioredis|bullmq|yaml|jiti|re2js)\b/

describe('a start', () => {
  let folder = ''
  const dist = new URL('../../dist/index.js', import.meta.url).href

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
      import { createBot } from '${dist}'
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
    expect(loaded.filter((file) => file.includes('node_modules/koa/'))).not.toEqual([])
  })

  it('loads the metrics for whom looks at them', async () => {
    const loaded = await loadedAfter(`
      const metrics = await (await fetch(url + '/metrics')).text()
      if (!metrics.includes('slashroom_open_invocations{state="waiting"} 0')) throw new Error(metrics)
      if (!metrics.includes('process_cpu_seconds_total')) throw new Error(metrics)`)
    expect(loaded.filter((file) => file.includes('node_modules/prom-client/'))).not.toEqual([])
  })
})
