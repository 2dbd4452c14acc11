import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { freePort } from '../../fixtures/free-port.js'
import { channelId, type Shown, seen, startTeams, type Teams } from '../../fixtures/teams.js'

let server: Teams
let bot: Bot
let url: string
let commandsDir: string
beforeAll(async () => {
  commandsDir = await mkdtemp(join(tmpdir(), 'slashroom-teams-'))
  for (const [name, run] of Object.entries(commands)) {
    const file = `import { card, say, whisper } from 'slashroom'\nexport default { summary: 'x', ${run} }\n`
    await writeFile(join(commandsDir, `${name}.mjs`), file)
  }
})
afterAll(() => rm(commandsDir, { recursive: true, force: true }))

const commands = {
  ping: `run: () => 'pong <b>'`,
  many: `async *run() {
    yield say('10 %', { updateKey: 'p' })
    yield say('99 %', { updateKey: 'p' })
    yield whisper('psst')
    yield card({ title: 'Web', buttons: [{ label: 'Back', command: '/back' }] })
  }`,
  long: `run: () => 'é'.repeat(60_000)`,
  slow: `run: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()))`,
}

beforeEach(async () => {
  server = await startTeams()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  bot = createBot({
    env: { TEAMS_WEBHOOK_SECRET: server.webhookSecret },
    port,
    host: '127.0.0.1',
    baseUrl: url,
    storeUrl: 'memory:',
    commandsDir,
    shutdownSeconds: 2,
    log: silentLogger,
  })
  await bot.start()
})
afterEach(async () => {
  await bot.stop()
  await server.close()
})

let count = 0

/** What the room is shown of a line; what has the same id is the same message. */
async function type(line: string, id = String(++count)): Promise<Pick<Shown, 'text' | 'attachments'>> {
  const text = `<at>ops</at> ${line}\n`
  const conversation = { id: `${channelId};messageid=${id}`, tenantId: server.tenantId }
  const entities = [{ type: 'mention', text: '<at>ops</at>', mentioned: { id: '28:hook', name: 'ops' } }]
  const activity = server.activity({ text, entities, recipient: undefined, id, conversation })
  const { body, headers } = server.signWebhook(activity)
  const answer = await fetch(`${url}/teams/messages`, { method: 'POST', body, headers })
  expect(answer.status).toBe(200)
  const said = await answer.text()
  return { text: '', attachments: [], ...(said === '' ? {} : JSON.parse(said)) }
}

describe('an Outgoing Webhook', () => {
  it('is answered in the response, with all that the command says', async () => {
    expect(seen(await type('ping'))).toBe('pong <b>')
    const many = seen(await type('many'))
    for (const part of ['99 %', 'psst', 'Web', 'Back: /back']) expect(many).toContain(part)
    expect(many).not.toContain('10 %')
    expect(server.received).toEqual([])
  })

  it('is answered once, however often it comes', async () => {
    expect(seen(await type('ping', 'same'))).toBe('pong <b>')
    expect(seen(await type('ping', 'same'))).toBe('')
  })

  it('is shown as much as has room', async () => {
    const shown = await type('long')
    expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThanOrEqual(28_000)
    expect(seen(shown)).toMatch(/^é{4000,}[\s\S]*\(The rest has no room here\.\)$/)
  })

  it('is shown nothing where nothing is said, and is left alone where it is no command', async () => {
    expect(seen(await type('no such thing at all'))).toBe('')
  })

  it('is told where it takes longer than Teams waits', async () => {
    expect(seen(await type('slow'))).toBe('It takes longer; its result cannot be shown here.')
  })
})
