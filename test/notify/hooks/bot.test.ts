import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { startRooms } from '../../fixtures/notified-rooms.js'

describe('a bot with hooks', () => {
  it('serves them, loads them anew, and says which are broken', async () => {
    const { bot, dir, post } = await started({ 'ci.ts': answering('nothing') })
    expect(await post('ci', '{}')).toMatchObject({ status: 204, text: '' })
    writeFileSync(join(dir, 'later.ts'), answering('nothing'))
    writeFileSync(join(dir, 'broken.ts'), 'export default {')
    const report = await bot.reload([join(dir, 'later.ts'), join(dir, 'broken.ts')])
    expect(report).toMatchObject({ hooks: 2, broken: [{ file: join(dir, 'broken.ts') }] })
    expect(await post('later', '{}')).toMatchObject({ status: 204 })
  })

  it('refuses what is forged, unknown, no JSON or too large, in problem+json', async () => {
    const { post } = await started({
      'github.ts': `import { hook } from 'slashroom'
        import { github } from 'slashroom/hooks'
        export default hook({ summary: 'x', verify: github.signature('GITHUB_SECRET'), to: 'ops', run: ({ event, headers }) => github.card(event, headers) })`,
    })
    const signed = (body: string) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', 's3cret').update(body).digest('hex')}`,
      'x-github-event': 'issues',
    })
    expect(await post('github', '{}', { 'x-hub-signature-256': 'sha256=0' })).toMatchObject({ status: 401 })
    expect(await post('GitHub', '{', signed('{'))).toMatchObject({ status: 400, type: 'application/problem+json' })
    expect(await post('nowhere', '{}')).toMatchObject({ status: 404, type: 'application/problem+json' })
    const large = ' '.repeat(1_048_577)
    expect(await post('github', large, signed(large))).toMatchObject({ status: 413 })
    expect(await post('github', '{"action":"labeled"}', signed('{"action":"labeled"}'))).toMatchObject({ status: 204 })
    const opened = '{"action":"opened","issue":{"number":1}}'
    expect(await post('github', opened, signed(opened))).toMatchObject({ status: 404 }) // no platform has that room
  })

  it('shows an alert in its rooms once, resolves it in place, and opens another when it fires again', async () => {
    const rooms = startRooms(['1', '2'])
    const file = `import { alertmanager } from 'slashroom/hooks'
      export default { summary: 'x', verify() {}, to: ['1', 'room 2'], run: ({ event }) => alertmanager.card(event) }`
    const { post } = await started({ 'alerts.ts': file }, rooms)
    const alert = (status: string, startsAt: string) =>
      JSON.stringify({ status, groupKey: 'g', groupLabels: { alertname: 'DiskFull' }, alerts: [{ status, startsAt }] })
    const titles = () =>
      ['1', '2'].map((room) => rooms.shown(room).map((shown) => /"title":"([^"]*)"/.exec(shown)?.[1]))
    const bothShow = (...expected: readonly string[]) => expect.poll(titles).toEqual([expected, expected])

    const [first, again] = [
      await post('alerts', alert('firing', 'at ten')),
      await post('alerts', alert('firing', 'at ten')),
    ]
    expect(first.status).toBe(202)
    expect(again.text).toBe(first.text)
    await bothShow('DiskFull: firing')
    await post('alerts', alert('resolved', 'at ten'))
    await bothShow('DiskFull: resolved')
    await post('alerts', alert('firing', 'at noon'))
    await bothShow('DiskFull: resolved', 'DiskFull: firing')
    expect(rooms.sent).toHaveLength(6)
  })

  it('is ready without any command', async () => {
    const commandsDir = mkdtempSync(join(tmpdir(), 'slashroom-hooks-'))
    onTestFinished(() => rmSync(commandsDir, { recursive: true, force: true }))
    for (const [files, status] of [
      [{}, 503],
      [{ 'ci.ts': answering('x') }, 200],
    ] as const) {
      const { url } = await started(files, startRooms([]), { commandsDir })
      expect((await fetch(`${url}/readyz`)).status).toBe(status)
    }
  })

  it('does not start where HOOKS_DIR is not there', async () => {
    const bot = createBot({ ...settings, hooksDir: 'no/such/place' })
    await expect(bot.start()).rejects.toThrow(/^HOOKS_DIR: .*no\/such\/place is not a readable directory\.$/)
  })
})

const settings = {
  port: 0,
  host: '127.0.0.1',
  storeUrl: 'memory:',
  commandsDir: 'test/fixtures/commands',
  log: silentLogger,
  env: { GITHUB_SECRET: 's3cret' },
} as const

function answering(what: string): string {
  return `export default { summary: '${what}', verify() {}, to: 'ops', run() {} }`
}

async function started(files: Readonly<Record<string, string>>, { platform } = startRooms([]), more = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-hooks-'))
  for (const [name, code] of Object.entries(files)) writeFileSync(join(dir, name), code)
  const bot = createBot({ ...settings, hooksDir: dir, platforms: [() => platform], ...more })
  const { port } = await bot.start()
  onTestFinished(async () => {
    await bot.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const post = async (name: string, body: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}/hooks/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }
  return { bot, dir, post, url: `http://127.0.0.1:${port}` }
}
