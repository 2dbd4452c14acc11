import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildMenu } from '../../../src/platforms/telegram/commands/menu.js'
import { startTelegram, type Telegram } from '../../fixtures/telegram.js'
import { load, startTelegramBot, type TelegramBot } from './bot.js'

describe('the menu', () => {
  const words = (...names: string[]) => buildMenu(names.map((name) => load(name))).entries.map(({ command }) => command)
  const left = (...names: string[]) => buildMenu(names.map((name) => load(name))).left

  it('has the commands by one word each', () => {
    expect(words('deploy', 'deploy status', 'who-is')).toEqual(['deploy', 'deploy_status', 'who_is'])
  })

  it('leaves out what two would share, and says so', () => {
    expect(words('a b', 'a-b', 'c')).toEqual(['c'])
    expect(left('a b', 'a-b', 'c')).toEqual([
      { command: 'a b', why: 'it would be called /a_b there, and so would /a-b' },
      { command: 'a-b', why: 'it would be called /a_b there, and so would /a b' },
    ])
  })

  it('leaves out what the alias of another is called there', () => {
    const menu = buildMenu([load('deploy status', { aliases: ['ls'] }), load('deploy-ls')])
    expect(menu.entries.map(({ command }) => command)).toEqual(['deploy_status'])
    expect(menu.left.map(({ command }) => command)).toEqual(['deploy-ls'])
  })

  it('has help, the bot’s own, as what nobody else sees in a group', () => {
    const [help, ping] = buildMenu([load('help'), load('ping')]).entries
    expect([help?.is_ephemeral, ping?.is_ephemeral]).toEqual([true, undefined])
    expect(buildMenu([{ ...load('help'), file: 'commands/help.ts' }]).entries[0]).not.toHaveProperty('is_ephemeral')
  })

  it('leaves out names that the service takes none of', () => {
    expect(words('стоп', 'x'.repeat(33), 'ok')).toEqual(['ok'])
    expect(left('стоп', 'x'.repeat(33))).toHaveLength(2)
  })

  it('has no hidden commands, and no more than a hundred', () => {
    expect(buildMenu([load('secret', { hidden: true })]).entries).toEqual([])
    const { entries, left } = buildMenu(Array.from({ length: 102 }, (_, n) => load(`c${n}`)))
    expect([entries.length, left.map(({ command }) => command)]).toEqual([100, ['c100', 'c101']])
  })
})

describe('registering', () => {
  let server: Telegram
  let bot: TelegramBot
  beforeEach(async () => {
    server = await startTelegram()
    bot = startTelegramBot(server, { commands: { ping: {}, 'deploy status': {}, 'a b': {}, 'a-b': {} } })
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })
  const register = (apply = true) => bot.platform.register?.({ apply })

  it('sends the service the changes, and nothing the second time', async () => {
    server.commands.set('default/', [
      { command: 'ping', description: 'Old' },
      { command: 'dance', description: 'Gone' },
    ])
    const changes = { added: ['/deploy_status'], changed: ['/ping'], removed: ['/dance'] }
    expect(await register(false)).toMatchObject(changes)
    expect(server.calls(/setMyCommands/)).toEqual([])
    expect(await register()).toMatchObject({
      ...changes,
      notes: [expect.stringContaining('/a_b'), expect.stringContaining('/a_b')],
    })
    expect(await register()).toMatchObject({ added: [], changed: [], removed: [] })
    expect(server.calls(/setMyCommands/)).toHaveLength(1)
    expect(server.commands.get('default/')).toEqual([
      { command: 'ping', description: 'About ping' },
      { command: 'deploy_status', description: 'About deploy status' },
    ])
  })

  it('makes the same of a list for some chats alone, which would hide it', async () => {
    server.commands.set('all_group_chats/', [{ command: 'dance', description: 'Gone' }])
    expect((await register())?.removed).toEqual(['/dance (all_group_chats)'])
    expect(server.commands.get('all_group_chats/')).toEqual(server.commands.get('default/'))
    expect(server.commands.has('all_private_chats/')).toBe(false)
  })

  it('fails with a line that says why where the token is not good', async () => {
    const other = startTelegramBot(server, { env: { TELEGRAM_BOT_TOKEN: `1:${'x'.repeat(35)}` } })
    await expect(other.platform.register?.({ apply: true })).rejects.toThrow(/401: TELEGRAM_BOT_TOKEN/)
    await other.close()
  })
})
