import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { alias } from '../../src/cli/subcommands/alias.js'
import { readConfig } from '../../src/config.js'
import { silentLogger } from '../../src/model/logger.js'
import { openStorage } from '../../src/storage.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom alias', () => {
  it('gives several rooms one name, lists it and takes it away', async () => {
    const env = await settings()
    expect(await inTerminal(alias, ['list'], env)).toMatchObject({ code: 0, out: 'There are no aliases yet.' })
    expect(await inTerminal(alias, ['set', 'ops', 'hipchat:42', 'slack:C0123'], env)).toMatchObject({
      code: 0,
      out: '"ops" is hipchat:42, slack:C0123.',
    })
    await inTerminal(alias, ['set', 'lab', '#basement'], env)
    expect((await inTerminal(alias, ['list'], env)).out.split('\n')).toEqual([
      'NAME  ROOMS',
      'lab   #basement',
      'ops   hipchat:42, slack:C0123',
    ])
    expect(await inTerminal(alias, ['remove', 'lab', 'x'], env)).toEqual({
      code: 1,
      out: 'Removed "lab".',
      err: 'slashroom: there is no alias "x". "slashroom alias list" shows what there is.',
    })
  })

  it('says the same in JSON', async () => {
    const env = await settings()
    const ops = '{"name":"ops","rooms":["hipchat:42","slack:C0123"]}'
    expect(await inTerminal(alias, ['set', 'ops', 'hipchat:42', 'slack:C0123', '--json'], env)).toMatchObject({
      out: ops,
    })
    expect(await inTerminal(alias, ['list', '--json'], env)).toMatchObject({ out: ops })
    expect(await inTerminal(alias, ['remove', 'ops', '--json'], env)).toMatchObject({
      out: '{"name":"ops","removed":true}',
    })
    expect(await inTerminal(alias, ['list', '--json'], env)).toMatchObject({ code: 0, out: '' })
  })

  it('refuses one that leads to itself, and one that leads to another', async () => {
    const env = await settings()
    await expect(inTerminal(alias, ['set', 'ops', '#ops'], env)).rejects.toThrow('would point to itself')
    await inTerminal(alias, ['set', 'ops', 'hipchat:42'], env)
    await expect(inTerminal(alias, ['set', 'all', 'ops', 'web'], env)).rejects.toThrow('"ops" is an alias, and')
    expect((await inTerminal(alias, ['list'], env)).out).not.toContain('all')
  })

  it('makes none in a store that would forget it', async () => {
    const set = inTerminal(alias, ['set', 'ops', 'hipchat:42'], { STORE_URL: 'memory:' })
    await expect(set).rejects.toThrow('would be lost at once')
  })

  it.each([
    [[]],
    [['set', 'ops']],
    [['list', 'x']],
    [['remove']],
    [['drop', 'x']],
    [['set', 'slack:C1', 'hipchat:1']],
    [['set', 'ops', '']],
  ])('exits 2 when called wrongly: %o', async (args) => {
    expect(await inTerminal(alias, args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('alias') })
  })
})

/** The settings of a bot that has a store. */
async function settings(): Promise<Readonly<Record<string, string>>> {
  const env = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
  await (await openStorage(readConfig(env), silentLogger)).close()
  return env
}
