import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createBot } from '../../src/bot.js'
import { silentLogger } from '../../src/model/logger.js'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'

it('a question in a room is answered after a restart, once, by whom it was asked', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-restart-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'drop.ts'), drop)
  const simulator = createSimulator({ port: 0 })
  await simulator.listen()
  onTestFinished(() => simulator.close())

  const before = await start(simulator, dir, 0)
  await simulator.install(`http://localhost:${before.port}/descriptor.json`)
  await simulator.say('Lounge', 'Alice', '/drop')
  const asked = await heard(simulator, 1)
  expect(asked).toMatch(/^@alice Which name\?/)
  await simulator.say('Lounge', 'Alice', `/answer ${codeIn(asked)} main`)
  const question = await heard(simulator, 2)
  expect(question).toMatch(/^Gone for good\. Go on\?\n\/drop\nname: main\n/)
  expect(question).toContain(`Yes: /confirm ${codeIn(question)}`)
  await before.stop()

  const after = await start(simulator, dir, before.port)
  onTestFinished(() => after.stop())
  await simulator.say('Lounge', 'Bob', `/confirm ${codeIn(question)}`)
  expect(await heard(simulator, 3)).toMatch(/Only Alice.* may answer that\.$/)
  await simulator.say('Lounge', 'Alice', `/confirm ${codeIn(question)}`)
  expect(await heard(simulator, 4)).toBe('main is gone: /drop')
  await simulator.say('Lounge', 'Alice', `/confirm ${codeIn(question)}`)
  expect(await heard(simulator, 5)).toContain('already answered')
})

const drop = `
import { command, say } from 'slashroom'
export default command({
  summary: 'Drops a database',
  options: { name: { type: 'string', positional: true, required: true, ask: true } },
  confirm: 'Gone for good. Go on?',
  run: ({ options, invocation }) => say(options.name + ' is gone: ' + invocation.text),
})`

/** A bot on a store that outlives it. */
async function start(simulator: Simulator, dir: string, wanted: number) {
  const bot = createBot({
    env: { HIPCHAT_HOSTS: new URL(simulator.url).host },
    port: wanted,
    host: '127.0.0.1',
    storeUrl: `file:${join(dir, 'data')}`,
    commandsDir: dir,
    shutdownSeconds: 2,
    log: silentLogger,
  })
  const { port } = await bot.start()
  return { port, stop: () => bot.stop() }
}

/** The newest notification, when there are so many. */
async function heard(simulator: Simulator, count: number): Promise<string> {
  const all = () => simulator.history('Lounge').filter(({ kind }) => kind === 'notification')
  await expect.poll(all).toHaveLength(count)
  return all().at(-1)?.text ?? ''
}

function codeIn(text: string): string {
  return /\/(?:confirm|answer) ([\dA-Z]{4})/.exec(text)?.[1] ?? ''
}
