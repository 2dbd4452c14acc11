import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import * as slashroom from '../../src/authoring.js'
import { createCommandDirectory } from '../../src/loader/command-directory.js'
import { type Logger, silentLogger } from '../../src/model/logger.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { testRoom } from '../../src/testing/test-room.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('commands/_use.ts', () => {
  it('wraps every call, inside of what the bot was given', async () => {
    const { type } = await open({ '_use.ts': shouting, 'hi.ts': hi }, [
      async function* (_, next) {
        for await (const reply of next()) yield reply.kind === 'text' ? `<${reply.text}>` : reply
      },
    ])
    expect(await type('/hi')).toEqual(['<HI>'])
  })

  it('is no command, and a list of functions is as good as one', async () => {
    const list = `export default [${'(_, next) => next(), '.repeat(3)}]`
    const { report, type } = await open({ '_use.js': list, 'hi.ts': hi })
    expect(report).toEqual({ commands: 1, broken: [] })
    expect(await type('/hi')).toEqual(['hi'])
  })

  it('is loaded anew when it changed, and gone when it is', async () => {
    const { type, put, remove, commands, dir } = await open({ 'hi.ts': hi })
    expect(await type('/hi')).toEqual(['hi'])
    put('_use.ts', shouting)
    await commands.reload([join(dir, '_use.ts')])
    expect(await type('/hi')).toEqual(['HI'])
    remove('_use.ts')
    await commands.reload([join(dir, '_use.ts')])
    expect(await type('/hi')).toEqual(['hi'])
  })

  it('lets no call by where it has never loaded, and says why', async () => {
    const { type, errors, report, put, commands, dir } = await open({ '_use.ts': 'export default 5', 'hi.ts': hi })
    expect(report.broken).toMatchObject([
      { serves: false, message: expect.stringMatching(/_use\.ts: its default export/) },
    ])
    expect(await type('/hi')).toEqual([expect.stringMatching(/^\/hi failed \(id /)])
    expect(errors.join()).toContain('_use.ts does not load')
    put('_use.ts', shouting)
    await commands.reload([join(dir, '_use.ts')])
    expect(await type('/hi')).toEqual(['HI'])
  })

  it('stays as it was last good while it is broken', async () => {
    const { type, put, commands, dir } = await open({ '_use.ts': shouting, 'hi.ts': hi })
    put('_use.ts', 'export default (')
    expect((await commands.reload([join(dir, '_use.ts')])).broken).toMatchObject([{ serves: true }])
    expect(await type('/hi')).toEqual(['HI'])
  })

  it('wraps the commands of a test room that is a directory', async () => {
    const { dir } = await open({ '_use.ts': shouting, 'hi.ts': hi })
    expect(await testRoom(dir).type('/hi')).toEqual([slashroom.say('HI')])
  })
})

const hi = `export default { summary: 'Greets', run: () => 'hi' }`

const shouting = `import type { CommandMiddleware } from 'slashroom'

const shout: CommandMiddleware = async function* (_, next) {
  for await (const reply of next()) yield reply.kind === 'text' ? reply.text.toUpperCase() : reply
}
export default shout`

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true })
})

/** A directory with these files, and what types a line to its commands: it gives the texts that come. */
async function open(files: Readonly<Record<string, string>>, use: readonly slashroom.CommandMiddleware[] = []) {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-use-'))
  dirs.push(dir)
  const put = (name: string, text: string) => writeFileSync(join(dir, name), text)
  for (const [name, text] of Object.entries(files)) put(name, text)
  const errors: string[] = []
  const log: Logger = {
    ...silentLogger,
    error: (facts, message) => void errors.push(`${message} ${JSON.stringify(facts)}`),
    child: () => log,
  }
  const registry = createRegistry()
  const commands = createCommandDirectory({ dir, modules: { slashroom }, registry, log, use })
  const report = await commands.load()
  const dispatch = createDispatch({ registry, store: createMemoryStore(), log, middleware: commands.middleware })
  let count = 0
  const type = async (text: string) => {
    const texts: string[] = []
    const invocation = invocationOf(`call-${++count}`, { text })
    for await (const reply of dispatch(invocation, new AbortController().signal))
      texts.push(reply.kind === 'text' ? reply.text : reply.kind)
    return texts
  }
  return { dir, put, remove: (name: string) => rmSync(join(dir, name)), commands, report, errors, type }
}
