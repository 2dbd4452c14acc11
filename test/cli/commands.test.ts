import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.js'
import { inTerminal } from './terminal.js'

const settings = { COMMANDS_DIR: 'test/fixtures/commands' }

describe('slashroom commands', () => {
  it('lists every command with its file', async () => {
    const { code, out } = await inTerminal(commands, [], settings)
    expect(code).toBe(0)
    expect(out).toMatch(/^COMMAND +ALIASES +SUMMARY +FILE$/m)
    expect(out).toMatch(/^\/count up .*test\/fixtures\/commands\/count\/up\.ts$/m)
    expect(out).toMatch(/^\/help .*built in$/m)
  })

  it('gives them as JSON', async () => {
    const { out } = await inTerminal(commands, ['--json'], settings)
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({ name: '/echo', file: 'test/fixtures/commands/echo.ts' }),
    )
  })
})
