import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createDevelopment } from '../../src/cli/development/development.js'
import { readConfig } from '../../src/config.js'
import { freePort } from '../fixtures/free-port.js'

it.each([
  [{ PORT: '4000', SIMULATOR_PORT: '4000' }, 'PORT and SIMULATOR_PORT are both 4000: set one of them to another port.'],
  [{ COMMANDS_DIR: './nowhere' }, /^There is no folder nowhere here. Create a bot with "npx slashroom new my-bot",/],
])('says what stands in its way before it starts: %j', async (settings, reason) => {
  const development = createDevelopment({ config: readConfig(settings), tunnel: false })
  await expect(development.start()).rejects.toThrow(reason)
  await development.stop()
})

it('is ready only once a command in the room is answered', async () => {
  const { development, ports } = await create()
  const started = development.start()
  onTestFinished(async () => {
    await started
    await development.stop()
  })
  const isReady = () =>
    fetch(`http://127.0.0.1:${ports.PORT}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isReady())) await setImmediate()
  const simulator = `http://127.0.0.1:${ports.SIMULATOR_PORT}/simulator`
  const typed = JSON.stringify({ room: 'Deployments', user: 'Alice', text: '/help' })
  await fetch(`${simulator}/say`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: typed })
  const history = async () => await (await fetch(`${simulator}/rooms/Deployments/history`)).text()
  await expect.poll(history).toContain('"kind":"notification"')
})

it('stops as a whole when it is told so while it starts', async () => {
  const { development, ports } = await create()
  await Promise.all([development.start(), development.stop()])
  for (const port of Object.values(ports)) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
})

async function create() {
  const ports = { PORT: `${await freePort()}`, SIMULATOR_PORT: `${await freePort()}` }
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-dev-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const others = { BASE_URL: '', STORE_URL: `file:${dir}`, COMMANDS_DIR: 'test/fixtures/commands', LOG_LEVEL: 'silent' }
  for (const [name, value] of Object.entries({ ...ports, ...others })) vi.stubEnv(name, value)
  return { development: createDevelopment({ config: readConfig(process.env), tunnel: false }), ports }
}
