import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/subcommands/commands.js'
import { steering, unprintable } from '../fixtures/unprintable.js'
import { emptyFolder, inTerminal } from './terminal.js'

const settings = { COMMANDS_DIR: 'test/fixtures/commands' }

describe('slashroom commands', () => {
  it('lists every command with its file', async () => {
    const { code, out } = await inTerminal(commands, [], settings)
    expect(code).toBe(0)
    expect(out).toMatch(/^COMMAND +ALIASES +SUMMARY +FILE$/m)
    expect(out).toMatch(/^\/count up .*test\/fixtures\/commands\/count\/up\.ts$/m)
    expect(out).toMatch(/^\/help .*built in$/m)
  })

  it('shows when they are run by themselves, where some are', async () => {
    const dir = await emptyFolder()
    const schedule = "[{ cron: '0 9 * * 1', zone: 'Europe/Berlin', rooms: ['#ops'] }, '@daily']"
    await writeFile(join(dir, 'digest.js'), `module.exports = { summary: 'Sums up', schedule: ${schedule}, run() {} }`)
    const { out } = await inTerminal(commands, [], { COMMANDS_DIR: dir })
    expect(out).toMatch(/^COMMAND +ALIASES +SCHEDULE +SUMMARY +FILE$/m)
    expect(out).toMatch(/^\/digest +0 9 \* \* 1 Europe\/Berlin in #ops; @daily UTC +Sums up/m)
    expect(out).toMatch(/^\/schedule .*built in$/m)
  })

  it('lets no summary steer the terminal', async () => {
    const dir = await emptyFolder()
    const summary = JSON.stringify(`Sums up${steering}`)
    await writeFile(join(dir, 'digest.js'), `module.exports = { summary: ${summary}, run() {} }`)
    for (const args of [[], ['--json']]) {
      const { out } = await inTerminal(commands, args, { COMMANDS_DIR: dir })
      expect(out).toContain('Sums up')
      expect(out).not.toMatch(unprintable)
    }
  })

  it('keeps to a terminal of 60 columns, with every name and what it does', async () => {
    const { out } = await inTerminal(commands, [], { ...settings, COLUMNS: '60' })
    const lines = out.split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60)
    expect(lines[0]).toMatch(/^COMMAND +(ALIASES +)?SUMMARY$/)
    expect(lines).toContainEqual(expect.stringMatching(/^\/count up +\w/))
  })

  it('gives them as JSON', async () => {
    const { out } = await inTerminal(commands, ['--json'], settings)
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({ name: '/echo', file: 'test/fixtures/commands/echo.ts' }),
    )
  })
})
