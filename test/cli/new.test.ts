import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadCommands } from '../../src/cli/load-commands.js'
import { newSubcommand } from '../../src/cli/subcommands/new.js'
import { readConfig } from '../../src/config.js'
import { emptyFolder, inTerminal, standIn } from './terminal.js'

describe('slashroom new <folder>', () => {
  it('makes a bot whose command loads, and says what to do next', async () => {
    standIn(await emptyFolder())
    const { code, out } = await inTerminal(newSubcommand, ['my-bot'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Made my-bot: \d+ files in my-bot\.$/m)
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
    await expect(inTerminal(newSubcommand, ['bot', '--from', 'none.tgz'])).rejects.toThrow(/there is no none\.tgz/)
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
    await expect(inTerminal(newSubcommand, ['command', 'deploy'])).rejects.toThrow(/is there already/)
    expect(await readFile(join('commands', there), 'utf8')).toBe('mine')
  })

  it.each(['../escape', '_hidden', 'a b/c?d', '/'])('refuses %s as a name', async (path) => {
    const folder = await emptyFolder()
    standIn(folder)
    await expect(inTerminal(newSubcommand, ['command', path])).rejects.toMatchObject({ code: 'config' })
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
