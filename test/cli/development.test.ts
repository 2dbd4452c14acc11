import { expect, it, vi } from 'vitest'
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

it('stops as a whole when it is told so while it starts', async () => {
  const ports = { PORT: `${await freePort()}`, SIMULATOR_PORT: `${await freePort()}` }
  const others = { BASE_URL: '', STORE_URL: 'memory:', COMMANDS_DIR: 'test/fixtures/commands', LOG_LEVEL: 'silent' }
  for (const [name, value] of Object.entries({ ...ports, ...others })) vi.stubEnv(name, value)
  const development = createDevelopment({ config: readConfig(process.env), tunnel: false })
  await Promise.all([development.start(), development.stop()])
  for (const port of Object.values(ports)) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
})
