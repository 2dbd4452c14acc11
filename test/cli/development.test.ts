import { expect, it, vi } from 'vitest'
import { createDevelopment } from '../../src/cli/development/development.js'
import { readConfig } from '../../src/config.js'
import { freePort } from '../fixtures/free-port.js'

it('stops as a whole when it is told so while it starts', async () => {
  const ports = { PORT: `${await freePort()}`, SIMULATOR_PORT: `${await freePort()}` }
  const others = { BASE_URL: '', STORE_URL: 'memory:', COMMANDS_DIR: 'test/fixtures/commands', LOG_LEVEL: 'silent' }
  for (const [name, value] of Object.entries({ ...ports, ...others })) vi.stubEnv(name, value)
  const development = createDevelopment({ config: readConfig(process.env), tunnel: false })
  await Promise.all([development.start(), development.stop()])
  for (const port of Object.values(ports)) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
})
