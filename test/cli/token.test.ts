import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { token } from '../../src/cli/subcommands/token.js'
import { readConfig } from '../../src/config.js'
import { silentLogger } from '../../src/model/logger.js'
import { createTokens } from '../../src/notify/tokens.js'
import { openStorage } from '../../src/storage.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom token', () => {
  it('prints a token that is good at once, alone on standard output, with advice beside it', async () => {
    const { env, store } = await bot()
    const tokens = createTokens({ store })
    const { code, out, err } = await inTerminal(token, ['create', '--name', 'ci', '--room', 'ops'], env)
    expect(code).toBe(0)
    expect(out).toMatch(/^[A-Za-z0-9]{40}$/)
    expect(err.split('\n')[0]).toBe(
      'Token "ci" for ops, until revoked, rate 500/5m. It is shown only once: save it now.',
    )
    expect(await tokens.find(out)).toMatchObject({ name: 'ci', rooms: ['ops'] })
  })

  it('makes what it is asked for', async () => {
    const { env, store } = await bot()
    const asked = '--name=a --room ops --room #web --v1 --expires 90d --rate 30/1m --mentions --json'.split(' ')
    const { out } = await inTerminal(token, ['create', ...asked], env)
    expect(JSON.parse(out)).toEqual({
      token: expect.stringMatching(/^[A-Za-z0-9]{30}$/),
      name: 'a',
      rooms: ['ops', '#web'],
    })
    const sender = await createTokens({ store }).find(JSON.parse(out).token)
    expect(sender).toMatchObject({ mentions: true, rate: { count: 30, windowMs: 60_000 } })
    expect((sender?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(89 * 86_400_000)
    const all = await inTerminal(token, ['create', '--name', 'b', '--all-rooms', '--rate', 'none', '--json'], env)
    expect(JSON.parse(all.out)).toMatchObject({ name: 'b', rooms: 'all' })
    expect((await createTokens({ store }).find(JSON.parse(all.out).token))?.rate).toBeUndefined()
  })

  it('prints the address that HipChat’s "Add a command" asks for', async () => {
    const { env, store, encryptor } = await bot()
    const asked = ['--name', 'c', '--room', 'ops', '--kind', 'command', '--reply-to', 'https://chat.example.com/x']
    const { out, err } = await inTerminal(token, ['create', ...asked], env)
    expect(out).toMatch(/^\/byo\/[A-Za-z0-9]{40}$/)
    expect(err).toContain('Append the path to the bot’s address. It is shown only once')
    expect(await createTokens({ store, encryptor }).find(out.slice(5))).toMatchObject({
      kind: 'command',
      replyTo: 'https://chat.example.com/x',
    })
  })

  it('calls the token of such an address after its room where it is given no name', async () => {
    const { env } = await bot()
    const made = await inTerminal(token, ['create', '--kind', 'command', '--room', '#Dev Ops', '--json'], env)
    expect(JSON.parse(made.out)).toMatchObject({ name: 'commands-Dev-Ops', rooms: ['#Dev Ops'] })
  })

  it('lists them with their last use, and never what they are', async () => {
    const { env, store } = await bot()
    const tokens = createTokens({ store, now: () => Date.UTC(2030, 0, 1, 8) })
    const made = await tokens.create({ name: 'web', kind: 'post', rooms: ['ops', 'w\u001b[2Jeb'], expires: 3_600_000 })
    await tokens.create({ name: 'ci', kind: 'post', rooms: 'all', rate: 'none' })
    tokens.noteUse(made.sender)
    await expect.poll(async () => (await tokens.list())[1]?.lastUsedAt).toBeDefined()
    const { out } = await inTerminal(token, ['list'], env)
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'KIND', 'ROOMS', 'RATE', 'CREATED', 'EXPIRES', 'LAST USE'],
      ['ci', 'post', 'all', 'none', '2030-01-01 08:00:00', 'never', 'never'],
      ['web', 'post', 'ops, w [2Jeb', '500/5m', '2030-01-01 08:00:00', '2030-01-01 09:00:00', '2030-01-01 08:00:00'],
    ])
    const json = await inTerminal(token, ['list', '--json'], env)
    const [first] = json.out.split('\n')
    expect(JSON.parse(first ?? '')).toEqual({
      name: 'ci',
      kind: 'post',
      rooms: 'all',
      mentions: false,
      rate: 'none',
      createdAt: Date.UTC(2030, 0, 1, 8),
    })
    expect(out + json.out).not.toContain(made.token)
  })

  it('revokes by name, says what there is not, and exits 1 for that', async () => {
    const { env, store } = await bot()
    const made = await createTokens({ store }).create({ name: 'ci', kind: 'post', rooms: 'all' })
    expect(await inTerminal(token, ['revoke', 'ci', 'x'], env)).toEqual({
      code: 1,
      out: 'Revoked "ci".',
      err: 'slashroom: there is no token "x". "slashroom token list" shows what there is.',
    })
    expect(await createTokens({ store }).find(made.token)).toBeUndefined()
    expect(await inTerminal(token, ['list'], env)).toMatchObject({ code: 0, out: 'There are no tokens yet.' })
    await createTokens({ store }).create({ name: 'ci', kind: 'post', rooms: 'all' })
    expect(await inTerminal(token, ['revoke', 'ci', '--json'], env)).toMatchObject({
      code: 0,
      out: '{"name":"ci","revoked":true}',
    })
  })

  it('says how to revoke the token that has the name', async () => {
    const { env } = await bot()
    await inTerminal(token, ['create', '--name', 'ci', '--room', 'ops'], env)
    await expect(inTerminal(token, ['create', '--name', 'ci', '--room', 'ops'], env)).rejects.toThrow(
      'There already is a token "ci": "slashroom token revoke ci" revokes it.',
    )
  })

  it('makes none in a store that would forget it, nor in one that no bot has', async () => {
    const asked = ['create', '--name', 'ci', '--room', 'ops']
    await expect(inTerminal(token, asked, { STORE_URL: 'memory:' })).rejects.toThrow('would be lost at once')
    const missing = `file:${join(await emptyFolder(), 'data')}`
    await expect(inTerminal(token, asked, { STORE_URL: missing })).rejects.toThrow('Run this where the bot runs')
  })

  it.each([
    ['create', 'give the token a name'],
    ['create --name a:b --room ops', '--name must have 1 to 64 letters'],
    ['create --name ci', '--room ops (repeatable), or --all-rooms'],
    ['create --name ci --room ops --all-rooms', 'cannot be combined'],
    ['create --name ci --room slack:', '--room "slack:" is not a room name'],
    ['create --name ci --room ops --expires soon', '--expires must be a time such as 90d, not "soon"'],
    ['create --name ci --room ops --expires 0', '--expires must be'],
    ['create --name ci --room ops --expires 99999999d', '--expires must be'],
    ['create --name ci --room ops --rate 30', '--rate must be a number of posts per time'],
    ['create --name ci --room ops --kind bot', '--kind must be post or command'],
    ['create --name ci --room ops --room web --kind command', '--kind command requires exactly one --room'],
    ['create --name ci --all-rooms --kind command', '--kind command requires exactly one --room'],
    ['create --name ci --room ops --reply-to https://x.example', '--reply-to requires --kind command'],
    ['create --name ci --room ops --kind command --reply-to ftp://x', 'must be an http(s) address'],
    ['list x', 'slashroom token list'],
    ['revoke', 'slashroom token revoke'],
    ['', 'slashroom token create'],
  ])('exits 2 when called wrongly: %s', async (line, message) => {
    const args = line.split(' ').filter((word) => word !== '')
    expect(await inTerminal(token, args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
  })
})

/** The settings of a bot, and its store. */
async function bot() {
  const env = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
  const storage = await openStorage(readConfig(env), silentLogger)
  onTestFinished(() => storage.close())
  const { store, encryptor } = storage
  return { env, store, encryptor }
}
