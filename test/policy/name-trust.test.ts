import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createBot } from '../../src/bot.js'
import { type Logger, silentLogger } from '../../src/model/logger.js'
import type { PlatformFactory } from '../../src/platforms/platform.js'
import { validateCommand } from '../../src/registry/validate-command.js'

const chosen = platformOf('parlour')
const proven = platformOf('registry', { provesHandles: true })
const shared = platformOf('maze', { sharesRoomNames: true })

describe('a name that people choose', () => {
  it('stops the start where a rule has it, and no platform proves it', async () => {
    const policy = 'rules:\n  - approve: ping\n    by: [captain, "@ada"]\n'
    const started = start({ policy, platforms: [chosen, shared] })
    await expect(started).rejects.toThrow(
      /policy\.yaml:2: by: @ada may be anybody on parlour and maze, for people choose their names: write the user's id$/,
    )
    expect((await start({ policy, platforms: [proven] })).warnings).toEqual([])
    expect((await start({ policy, platforms: [proven, chosen] })).warnings).toEqual([
      "@ada does not identify anyone on parlour: use the user's id",
    ])
  })

  it('keeps a command from serving that has it, and no other, now and when it is loaded anew', async () => {
    const commands = {
      'drop.js': `exports.default = { summary: 'Drops', confirm: { by: ['@ada'] }, run() {} }`,
      'ping.js': `exports.default = { summary: 'Answers', run() {} }`,
    }
    const { errors, bot } = await start({ commands, platforms: [chosen] })
    const refused = /drop\.js: confirm\.by: @ada may be anybody on parlour, .*: write the user's id$/
    expect(errors).toEqual([expect.stringMatching(refused)])
    const report = await bot.reload()
    expect(report).toMatchObject({ commands: 1, broken: [{ message: expect.stringMatching(refused), serves: false }] })
    expect((await start({ commands, platforms: [proven] })).errors).toEqual([])
  })

  it('is said to be no proof of a room where rooms share names', async () => {
    const policy = 'rules:\n  - allow: ping\n    rooms: ["#ops", "42"]\n'
    const commands = { 'ping.js': `exports.default = { summary: 'x', allow: { rooms: ['#lobby', '#ops'] }, run() {} }` }
    expect((await start({ policy, commands, platforms: [chosen, shared] })).warnings).toEqual([
      "#ops may be several rooms on maze, and never is a thread: write the room's id",
      "#lobby may be several rooms on maze, and never is a thread: write the room's id",
    ])
    expect((await start({ policy, commands, platforms: [chosen] })).warnings).toEqual([])
  })

  it('is no user of a command’s list', () => {
    const command = { summary: 'x', allow: { users: ['@ada'] }, run() {} }
    expect(() => validateCommand({ default: command })).toThrow(
      'allow: list users by id, because names can be changed: @ada',
    )
  })
})

/** Starts a bot with these files, and says what it warned of. */
async function start({ policy = '', commands = {}, platforms }: Files) {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-naming-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const policyFile = join(dir, 'policy.yaml')
  writeFileSync(policyFile, policy)
  for (const [name, text] of Object.entries({ 'ping.js': ping, ...commands })) writeFileSync(join(dir, name), text)
  const [warnings, errors]: [string[], string[]] = [[], []]
  const log: Logger = {
    ...silentLogger,
    warn: (_, message) => void warnings.push(message),
    error: (_, message) => void errors.push(message),
  }
  const settings = { storeUrl: 'memory:', commandsDir: dir, policyFile, port: 0, host: '127.0.0.1', log }
  const bot = createBot({ ...settings, env: { BASE_URL: 'http://localhost' }, platforms })
  onTestFinished(() => bot.stop())
  await bot.start()
  return { bot, warnings, errors }
}

interface Files {
  readonly policy?: string
  readonly commands?: Readonly<Record<string, string>>
  readonly platforms: readonly PlatformFactory[]
}

const ping = `exports.default = { summary: 'Answers', run() {} }`

function platformOf(name: string, traits = {}): PlatformFactory {
  return () => ({
    name,
    webhooks: [],
    maxTextLength: 100,
    verify: () => Promise.reject(new Error('nobody calls')),
    decode: () => ({ ack: { status: 204 } }),
    deliver: async () => {},
    ...traits,
  })
}
