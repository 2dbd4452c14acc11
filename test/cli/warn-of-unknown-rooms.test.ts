import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { alias } from '../../src/cli/subcommands/alias.js'
import { token } from '../../src/cli/subcommands/token.js'
import { readConfig } from '../../src/config.js'
import { silentLogger } from '../../src/model/logger.js'
import { openStorage } from '../../src/storage.js'
import { createInstallations } from '../../src/stores/installations.js'
import { freePort } from '../fixtures/free-port.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe.each([
  ['token create', token, ['create', '--name', 'ci', '--json'], '--room'],
  ['alias set', alias, ['set', 'team', '--json'], '--'],
] as const)('slashroom %s', (_, subcommand, args, option) => {
  const create = (rooms: readonly string[], env: Readonly<Record<string, string>>) =>
    inTerminal(subcommand, [...args, ...rooms.flatMap((room) => (option === '--room' ? [option, room] : [room]))], env)

  it('warns in one line of rooms that no installation has, and creates what it was asked for', async () => {
    const { code, out, err } = await create(['42', 'nope', 'slack:C0123'], await settings())
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ rooms: ['42', 'nope', 'slack:C0123'] })
    expect(err).toBe(
      'slashroom: warning: no installation known here has the room "nope" or "slack:C0123", so posts do not arrive there yet. "slashroom alias list" shows the aliases.',
    )
  })

  it('does not warn of rooms that an installation has', async () => {
    expect((await create(['42', 'hipchat:42'], await settings())).err).toBe('')
  })

  it('does not warn if a platform does not tell', async () => {
    const down = `http://127.0.0.1:${await freePort()}/`
    const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'secret', SLACK_API_URL: down }
    expect(await create(['nope'], { ...(await settings()), ...slack })).toMatchObject({ code: 0, err: '' })
  })
})

it('an alias is a room that is known', async () => {
  const env = await settings()
  await inTerminal(alias, ['set', 'ops', '42'], env)
  expect((await inTerminal(token, ['create', '--name', 'ci', '--room', 'ops', '--json'], env)).err).toBe('')
})

it('the room of "Add a command" needs no installation', async () => {
  const asked = ['create', '--kind', 'command', '--room', 'nope', '--json']
  expect((await inTerminal(token, asked, await settings())).err).toBe('')
})

/** The settings of a bot that is installed in room 42. */
async function settings(): Promise<Readonly<Record<string, string>>> {
  const env = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
  const storage = await openStorage(readConfig(env), silentLogger)
  await createInstallations(storage).save({
    id: 'room-42',
    platform: 'hipchat',
    tenant: { id: '7' },
    details: { roomId: 42 },
    secrets: {},
  })
  await storage.close()
  return env
}
