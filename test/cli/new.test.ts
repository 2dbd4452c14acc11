import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadCommands } from '../../src/cli/load-files.js'
import { newSubcommand } from '../../src/cli/subcommands/new.js'
import { platformTemplates } from '../../src/cli/templates/platform-section.js'
import { readConfig } from '../../src/config.js'
import { emptyFolder, inTerminal, standIn } from './terminal.js'

const sources = fileURLToPath(new URL('../../src/platforms', import.meta.url))

describe('slashroom new <folder>', () => {
  it('makes a bot whose command loads, and says what to do next', async () => {
    standIn(await emptyFolder())
    const { code, out } = await inTerminal(newSubcommand, ['my-bot'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Created my-bot: \d+ files in my-bot\.$/m)
    expect(out).toMatch(/^ {2}cd my-bot\n {2}npm install\n {2}npm run dev/m)
    expect(await readdir('my-bot')).toEqual(
      expect.arrayContaining(['.gitignore', 'Dockerfile', 'README.md', 'commands', 'descriptor.json', 'test']),
    )
    const { report } = await loadCommands(readConfig({ COMMANDS_DIR: 'my-bot/commands' }))
    expect(report).toEqual({ commands: 1, broken: [] })
  })

  it('names the bot after its folder, as npm and HipChat allow', async () => {
    standIn(await emptyFolder())
    await inTerminal(newSubcommand, ['Müllers Bot!'])
    const [manifest, descriptor] = await Promise.all([
      readJson('Müllers Bot!/package.json'),
      readJson('Müllers Bot!/descriptor.json'),
    ])
    expect(manifest).toMatchObject({ name: 'mu-llers-bot', private: true, type: 'module' })
    expect(descriptor).toMatchObject({
      key: 'mu-llers-bot',
      capabilities: { hipchatApiConsumer: { fromName: 'mu-llers-bot', scopes: expect.any(Array) } },
    })
  })

  it.each(Object.keys(platformTemplates))('says how it gets into the chat that it is for: %s', async (platform) => {
    standIn(await emptyFolder())
    const { code } = await inTerminal(newSubcommand, ['bot', '--for', platform])
    expect(code).toBe(0)
    const { title, settings = {}, peer, guide } = platformTemplates[platform] ?? { title: '', guide: '' }
    const readme = await readFile('bot/README.md', 'utf8')
    expect(readme).toContain(`## Connect it to ${title}`)
    const read = Object.keys(settings).length > 0 ? await readFile(`${sources}/${platform}/settings.ts`, 'utf8') : ''
    for (const name of Object.keys(settings)) expect(read, name).toContain(`'${name}'`)
    expect(existsSync(new URL(`../../docs/${guide.replace(/#.*/, '')}`, import.meta.url)), guide).toBe(true)
    const { dependencies } = (await readJson('bot/package.json')) as { readonly dependencies: object }
    expect(Object.keys(dependencies)).toEqual(['slashroom', ...(peer ? [peer] : [])])
  })

  it('is made for several chats at once, with what each needs', async () => {
    standIn(await emptyFolder())
    const { out } = await inTerminal(newSubcommand, ['bot', '--for', 'irc, XMPP', '--for', 'slack,irc'])
    expect(out).toMatch(/how to connect it to IRC, XMPP, and Slack\.$/)
    const readme = await readFile('bot/README.md', 'utf8')
    expect(readme.match(/^## Connect it to .*$/gm)).toEqual([
      '## Connect it to IRC',
      '## Connect it to XMPP',
      '## Connect it to Slack',
    ])
    const { dependencies } = (await readJson('bot/package.json')) as { readonly dependencies: object }
    expect(Object.keys(dependencies)).toEqual(['slashroom', '@xmpp/client'])
    expect(existsSync('bot/slack-manifest.yaml')).toBe(true)
  })

  it('shows the settings as they stand in a file, and not as one shell wants them', async () => {
    standIn(await emptyFolder())
    await inTerminal(newSubcommand, ['bot', '--for', Object.keys(platformTemplates).join()])
    const readme = await readFile('bot/README.md', 'utf8')
    expect(parseEnv(readme.replaceAll(/^ {4}/gm, ''))).toMatchObject({
      IRC_CHANNELS: '#ops',
      XMPP_ROOMS: 'ops@rooms.example.com',
      BASE_URL: 'https://bot.example.com',
    })
    expect(await readFile('bot/.gitignore', 'utf8')).toMatch(/^\.env$/m)
  })

  it('has nothing in its scripts that one shell knows and another does not', async () => {
    standIn(await emptyFolder())
    await inTerminal(newSubcommand, ['bot'])
    const { scripts } = (await readJson('bot/package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    for (const script of Object.values(scripts)) expect(script).toMatch(/^[\w ]+$/)
  })

  it('is in JavaScript where that is wanted, and so are its new commands', async () => {
    standIn(await emptyFolder())
    const { out } = await inTerminal(newSubcommand, ['bot', '--language', 'js'])
    expect(out).toContain('commands/hello.js is /hello.')
    standIn(join(process.cwd(), 'bot'))
    const command = await inTerminal(newSubcommand, ['command', 'deploy/status'])
    expect(command.out).toBe(
      'commands/deploy/status.js is /deploy status.\ntest/commands/deploy/status.test.js tests it.',
    )
    const { report } = await loadCommands(readConfig({ COMMANDS_DIR: 'commands' }))
    expect(report).toEqual({ commands: 2, broken: [] })
    const files = await readdir('.', { recursive: true })
    expect(files.filter((name) => /\.ts$|^tsconfig/.test(name))).toEqual([])
    const { scripts, devDependencies } = (await readJson('package.json')) as Readonly<Record<string, object>>
    expect(scripts).not.toHaveProperty('precheck')
    expect(Object.keys(devDependencies ?? {})).toEqual(['vitest'])
    expect(await readFile('README.md', 'utf8')).not.toMatch(/\.ts\b|types/)
  })

  it('refuses a language that there is not', async () => {
    standIn(await emptyFolder())
    const { code, err } = await inTerminal(newSubcommand, ['bot', '--language', 'cobol'])
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--language: a command is written in') })
    expect(await readdir('.')).toEqual([])
  })

  it('takes the defaults for all that is not said', async () => {
    standIn(await emptyFolder())
    expect((await inTerminal(newSubcommand, ['--yes'])).out).toMatch(
      /^Created my-bot: .*commands\/hello\.ts is .*HipChat\.$/s,
    )
  })

  it('brings a manifest for Slack that needs no address', async () => {
    standIn(await emptyFolder())
    await inTerminal(newSubcommand, ['my-bot', '--for', 'slack'])
    expect(parse(await readFile('my-bot/slack-manifest.yaml', 'utf8'))).toMatchObject({
      display_information: { name: 'my-bot' },
      features: { slash_commands: [{ command: '/hello' }] },
      settings: { socket_mode_enabled: true },
    })
  })

  it('refuses a chat that there is not', async () => {
    standIn(await emptyFolder())
    const { code, err } = await inTerminal(newSubcommand, ['bot', '--for', 'teletype'])
    expect(code).toBe(2)
    expect(err).toMatch(/no teletype\. There are hipchat, slack/)
    expect(await readdir('.')).toEqual([])
  })

  it('brings the tarball along that it is to install', async () => {
    const folder = await emptyFolder()
    standIn(folder)
    await writeFile('slashroom-9.9.9.tgz', 'packed')
    const { code } = await inTerminal(newSubcommand, ['bot', '--from', 'slashroom-9.9.9.tgz'])
    expect(code).toBe(0)
    expect(await readJson('bot/package.json')).toMatchObject({
      dependencies: { slashroom: 'file:slashroom-9.9.9.tgz' },
    })
    expect(await readFile('bot/slashroom-9.9.9.tgz', 'utf8')).toBe('packed')
    expect(await readFile('bot/Dockerfile', 'utf8')).toContain('COPY package*.json slashroom-9.9.9.tgz ./')
  })

  it('refuses a tarball that is not there before it writes anything', async () => {
    standIn(await emptyFolder())
    await expect(inTerminal(newSubcommand, ['bot', '--from', 'none.tgz'])).rejects.toThrow(/none\.tgz does not exist/)
    expect(await readdir('.')).toEqual([])
  })

  it('refuses a folder that is not empty', async () => {
    const folder = await emptyFolder()
    standIn(folder)
    await mkdir('bot')
    await writeFile('bot/mine.txt', 'keep')
    await expect(inTerminal(newSubcommand, ['bot'])).rejects.toThrow(/bot is not empty: mine\.txt would be in the way/)
    expect(await readdir('bot')).toEqual(['mine.txt'])
  })

  it('takes a repository that was just cloned', async () => {
    standIn(await emptyFolder())
    await mkdir('.git')
    const { code, out } = await inTerminal(newSubcommand, ['.'])
    expect(code).toBe(0)
    expect(out).not.toMatch(/^ {2}cd /m)
  })

  it('exits 2 where no folder is named', async () => {
    expect(await inTerminal(newSubcommand, [])).toMatchObject({ code: 2, err: expect.stringContaining('<folder>') })
  })
})

describe('slashroom new command', () => {
  it('writes the file that the path names, and its test', async () => {
    standIn(await emptyFolder())
    const { code, out } = await inTerminal(newSubcommand, ['command', 'deploy/status'])
    expect({ code, out }).toEqual({
      code: 0,
      out: 'commands/deploy/status.ts is /deploy status.\ntest/commands/deploy/status.test.ts tests it.',
    })
    const test = await readFile(join('test', 'commands', 'deploy', 'status.test.ts'), 'utf8')
    expect(test).toContain("import deployStatus from '../../../commands/deploy/status.js'")
  })

  it.each(['/deploy status', 'deploy/status.ts', 'commands/deploy/status.ts'])('understands %s', async (path) => {
    standIn(await emptyFolder())
    const { out } = await inTerminal(newSubcommand, ['command', path])
    expect(out).toContain('commands/deploy/status.ts is /deploy status.')
  })

  it.each(['deploy.ts', 'deploy/index.ts', 'deploy.mjs'])('leaves %s as it is', async (there) => {
    standIn(await emptyFolder())
    await mkdir('commands/deploy', { recursive: true })
    await writeFile(join('commands', there), 'mine')
    await expect(inTerminal(newSubcommand, ['command', 'deploy'])).rejects.toThrow(/already exists/)
    expect(await readFile(join('commands', there), 'utf8')).toBe('mine')
  })

  it.each(['../escape', '_hidden', 'a b/c?d', '/'])('refuses %s as a name', async (path) => {
    const folder = await emptyFolder()
    standIn(folder)
    expect(await inTerminal(newSubcommand, ['command', path])).toMatchObject({ code: 2, out: '' })
    expect(await readdir(folder)).toEqual([])
  })

  it('writes the test beside the command where commands are not below this folder', async () => {
    const elsewhere = await emptyFolder()
    standIn(await emptyFolder())
    await inTerminal(newSubcommand, ['command', 'new'], { COMMANDS_DIR: elsewhere })
    expect((await readdir(elsewhere)).sort()).toEqual(['new.test.ts', 'new.ts'])
    expect(await readFile(join(elsewhere, 'new.test.ts'), 'utf8')).toContain("import itsNew from './new.js'")
  })
})

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}
