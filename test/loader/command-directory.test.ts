import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import * as slashroom from '../../src/authoring.js'
import { createCommandDirectory } from '../../src/loader/command-directory.js'
import { type Logger, silentLogger } from '../../src/model/logger.js'
import { createRegistry } from '../../src/registry/registry.js'
import { growth, linear } from '../fixtures/growth.js'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

describe('loading commands', () => {
  it('names a command by its path', async () => {
    const { names } = await loaded({
      'roll.ts': plain('roll'),
      'Deploy/index.ts': plain('deploy'),
      'Deploy/Status.mjs': plain('status'),
      'ci/build/run.mts': plain('run'),
      'old.cjs': `module.exports = { summary: 'old', run: () => 'old' }`,
      'older.js': `exports.default = { summary: 'older', run: () => 'older' }`,
    })
    expect(names).toEqual(['ci build run', 'deploy', 'deploy status', 'old', 'older', 'roll'])
  })

  it('leaves alone what is no command', async () => {
    const { names, broken } = await loaded({
      '_lib.ts': 'throw 1',
      '.hidden.ts': 'throw 1',
      '_parts/a.ts': 'throw 1',
      'a.d.ts': 'throw 1',
      'a.test.ts': 'throw 1',
      'a.txt': 'throw 1',
      'node_modules/a/index.js': 'throw 1',
    })
    expect({ names, broken }).toEqual({ names: [], broken: [] })
  })

  it('gives a file the slashroom that the bot has, wherever the file is', async () => {
    const { run, call } = await loaded({
      'a.ts': `import { command, UsageError } from 'slashroom'\nexport default command({ summary: 'a', run() { throw new UsageError('x') } })`,
      'b.cjs': `const { say } = require('slashroom'); module.exports = { summary: 'b', run: () => say('b') }`,
      'c.ts': `import { UsageError } from 'slashroom'\nawait 0\nexport default { summary: 'c', run() { throw new UsageError('x') } }`,
    })
    await expect(run('a')).rejects.toBeInstanceOf(slashroom.UsageError)
    await expect(run('c')).rejects.toBeInstanceOf(slashroom.UsageError)
    expect(await run('b')).toEqual(slashroom.say('b'))
    expect(call).toBeDefined()
  })

  it('takes imports of TypeScript, JSON, packages and itself', async () => {
    const { run, broken } = await loaded({
      '_lib.ts': 'export const one: number = 1',
      '_cycle.ts': `import { two } from './_other.js'\nexport const four = () => two() * 2`,
      '_other.ts': `import { four } from './_cycle.js'\nexport const two = () => 2\nexport { four }`,
      '_data.json': '{ "five": 5 }',
      '_folder/index.ts': 'export default 6',
      'a.ts': `import { one } from './_lib.js'
        import { four } from './_other'
        import data from './_data.json' with { type: 'json' }
        import six from './_folder'
        import { basename } from 'node:path'
        import type { Command } from 'slashroom'
        const a: Command = { summary: 'a', async run() {
          const lib = await import('./_lib.js')
          return [one, four(), data.five, six, lib.one, basename(import.meta.filename), basename(import.meta.url),
            basename(__dirname) === basename(import.meta.dirname)].join(' ')
        } }
        export default a`,
    })
    expect(broken).toEqual([])
    expect(await run('a')).toBe('1 4 5 6 1 a.ts a.ts true')
  })

  it.each(['ts', 'mts', 'js', 'mjs'])(
    'takes what packages export, ESM and CommonJS, from a .%s file',
    async (ending) => {
      const { run, broken } = await loaded(
        {
          'node_modules/modern/package.json': '{ "name": "modern", "type": "module", "exports": "./index.js" }',
          'node_modules/modern/index.js': `export const named = 'named'\nexport default () => 'default'`,
          'node_modules/waits/package.json': '{ "name": "waits", "type": "module", "exports": "./index.js" }',
          'node_modules/waits/index.js': `export const late = await Promise.resolve('late')`,
          'node_modules/old/package.json': '{ "name": "old" }',
          'node_modules/old/index.js': `module.exports = { cjs: 'cjs' }`,
          'package.json': '{ "type": "module", "imports": { "#lib/*": "./_lib/*.ts" } }',
          '_lib/own.ts': `export default 'own' as string`,
          [`a.${ending}`]: `import standard, { named } from 'modern'
        import old, { cjs } from 'old'
        import own from '#lib/own'
        export default { summary: 'a', run: () => [standard(), named, old.cjs, cjs, own].join(' ') }`,
          [`b.${ending}`]: `import { late } from 'waits'
        import standard from 'modern'
        export default { summary: 'b', run: () => [late, standard()].join(' ') }`,
        },
        10_000,
      )
      expect(broken).toEqual([])
      expect(await run('a')).toBe('default named cjs cjs own')
      expect(await run('b')).toBe('late default')
    },
  )

  it('names a broken file with its line and reason, and the rest serve', async () => {
    const { names, broken, errors } = await loaded({
      'good.ts': plain('good'),
      'syntax.ts': `export default {\n  summary: 'x'\n  run() {} }`,
      'throws.ts': `interface A {\n  a: 1 }\n\nthrow new TypeError('no luck')`,
      'deep.ts': `import './_deep.js'\nexport default {}`,
      '_deep.ts': `\n\nthrow new Error('deep')`,
      'missing.ts': `import './_nowhere.js'`,
      'none.ts': 'export const a = 1',
      'empty.ts': '',
      'shape.ts': `export default { summary: 'x' }`,
      'allow.ts': `export default { summary: 'x', allow: { user: ['me'] }, run() {} }`,
      'confirm.ts': `export default { summary: 'x', confirm: { buy: ['captain'] }, run() {} }`,
      'time.ts': `export default { summary: 'x', timeout: 'soon', run() {} }`,
      'promise.ts': `export default Promise.resolve({ summary: 'x', run() {} })`,
      'option.ts': `export default { summary: 'x', options: { a: { type: 'colour' } }, run() {} }`,
      'function.ts': `export default () => 'x'`,
      'misspelt.ts': `export default { summary: 'x', alow: { users: ['me'] }, run() {} }`,
      'other-words.js': `module.exports = { summary: 'x', permissions: ['admin'], cooldown: { every: 1, by: 'room' }, run() {} }`,
      'exported.mjs': `export const summary = 'x', permissions = ['admin']\nexport function run() {}`,
      'many.mjs': `export default { summary: '', allow: { users: ['@me'], role: ['admin'] }, options: {
        env: { type: 'choice', choices: ['a'], default: 'b' }, n: { type: 'integer', minimum: 1 } }, schedule: '61 * * * *' }`,
      'import.ts': `import { comand } from 'slashroom'\nexport default comand({ summary: 'x', run() {} })`,
      'topic.ts': plain('x'),
      'two words.ts': plain('x'),
      'index.ts': plain('x'),
      'alias.ts': `export default { summary: 'x', aliases: ['good', 'fine'], run() {} }`,
      'good/index.js': plain('again'),
    })
    expect(names).toEqual(['alias', 'good'])
    expect(errors.map((line) => line.split('\n')).every((lines) => lines.length === 1)).toBe(true)
    expect(Object.fromEntries(broken)).toEqual({
      'syntax.ts': ':3: Expected "}" but found "run"',
      'throws.ts': ':4: TypeError: no luck',
      'deep.ts': '_deep.ts:3: Error: deep (imported by deep.ts)',
      'missing.ts': expect.stringMatching(/^:1: Error: Cannot find module '.\/_nowhere.js'/),
      'none.ts': ': it has no default export that is a command',
      'empty.ts': ': it has no default export that is a command',
      'shape.ts': ': run is missing: it must be a function',
      'allow.ts': ': allow: unknown key “user” (did you mean users?)',
      'confirm.ts': ': confirm: unknown key “buy” (did you mean by?)',
      'time.ts': ': timeout must be milliseconds, or a string like 2m',
      'promise.ts': ': its default export is a promise, not a command',
      'option.ts': expect.stringContaining(': option a: type "colour" is not one of'),
      'function.ts': ': its default export is a function: export { summary, run } with the function as run',
      'misspelt.ts': ': unknown key “alow” (did you mean allow?)',
      'other-words.js':
        ': cooldown: unknown key “by” (there are every, per); unknown key “permissions” (did you mean allow?)',
      'exported.mjs': ': unknown key “permissions” (did you mean allow?)',
      'many.mjs': [
        ': run is missing: it must be a function',
        'summary is missing: it must be a string',
        'allow: unknown key “role” (did you mean roles?)',
        'allow: list users by id, because names can be changed: @me',
        'option env: its default must be a, not “b”',
        'option n: unknown key “minimum” (did you mean min?)',
        'schedule "61 * * * *" is not a cron expression: Invalid value for minute: 61',
      ].join('; '),
      'import.ts': ':2: TypeError: comand is not a function',
      'topic.ts': ": /topic is one of HipChat's own words, so nobody could call it",
      'two words.ts': ': "two words" cannot be a command name: use letters, digits, and . _ + -',
      'index.ts': ': an index file at the top of COMMANDS_DIR has no name',
      'alias.ts': ': /good is already good.ts',
      'good/index.js': ': /good is already good.ts',
    })
  })

  it('names a file whose umlaut is a letter and its dots as people type it', async () => {
    const { names, broken } = await loaded({ [`${'pr\u00fcfen'.normalize('NFD')}.ts`]: plain('x') })
    expect({ names, broken: [...broken] }).toEqual({ names: ['pr\u00fcfen'], broken: [] })
  })

  it('gives up a file whose import never ends, and does not wait for it again', async () => {
    const { names, broken, commands, dir } = await loaded(
      {
        'hangs.ts': `process.emit('hangs')\nawait new Promise(() => {})\nexport default {}`,
        'good.ts': plain('good'),
      },
      shortMs,
    )
    expect(names).toEqual(['good'])
    expect(Object.fromEntries(broken)).toEqual({
      'hangs.ts': ': it was not loaded within 1.5 seconds: its top-level await does not resolve',
    })
    expect(await begun('hangs', () => commands.reload([join(dir, 'good.ts')]))).toBe(0)
    expect(await begun('hangs', () => commands.reload([join(dir, 'hangs.ts')]))).toBe(1)
  })

  it('ends a file whose top level goes round in circles, and the rest serve', async () => {
    const { names, broken, commands, dir, put, run } = await loaded(
      {
        'circles.ts': `import './_around.js'\nexport default {}`,
        '_around.ts': `process.emit('circles')\nfor (;;) {}`,
        'good.ts': plain('good'),
      },
      shortMs,
    )
    expect(names).toEqual(['good'])
    expect(Object.fromEntries(broken)).toEqual({
      'circles.ts': ': it was not loaded within 1.5 seconds: its top level does not end',
    })
    expect(await begun('circles', () => commands.reload([join(dir, 'good.ts')]))).toBe(0)
    expect(await begun('circles', () => commands.reload([join(dir, 'circles.ts')]))).toBe(1)
    put('_around.ts', `export const said = 'mended'`)
    put('circles.ts', `import { said } from './_around.js'\nexport default { summary: 'x', run: () => said }`)
    await commands.reload([join(dir, '_around.ts'), join(dir, 'circles.ts')])
    expect(await run('circles')).toBe('mended')
  })

  it('points to the line that threw while it ran', async () => {
    const { run, registry } = await loaded({
      'a.ts': `import { command } from 'slashroom'\n\ninterface A { a: 1 }\n\nexport default command({\n  summary: 'a',\n  run() {\n    throw new Error('here')\n  },\n})`,
    })
    const error = await run('a').catch((reason: Error) => reason)
    const { locate } = registry.find(['a'])?.compiled ?? {}
    expect(locate?.((error as Error).stack ?? '')).toMatch(/a\.ts:8:11/)
  })

  it('refuses a directory that is not there', async () => {
    const commands = createCommandDirectory({
      dir: '/nowhere/at/all',
      modules: {},
      registry: createRegistry(),
      log: silentLogger,
    })
    await expect(commands.load()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('COMMANDS_DIR'),
    })
  })

  it('loads 1,000 commands in a time that grows with their number, and no faster', async () => {
    const files = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `group${index % 10}/c${index}.ts`,
          `import { command, say } from 'slashroom'\nexport default command({ summary: 'c', options: { a: { type: 'string' } }, run: ({ options }) => say(options.a ?? '') })`,
        ]),
      )
    expect((await loaded(files(1_000))).names).toHaveLength(1_000)
    expect(await growth((times) => loaded(files(times * 100)))).toBeLessThan(linear)
  })
})

describe('reloading commands', () => {
  it('logs the result of each load once, and not when nothing changed', async () => {
    const { commands, dir, put, logged } = await loaded({ 'a.ts': plain('one') })
    await commands.reload([])
    const first = { commands: 1, broken: 0, message: 'commands loaded' }
    expect(logged).toEqual([first])
    await commands.reload([join(dir, 'a.ts')])
    expect(logged).toEqual([first, first])
    put('b.ts', plain('two'))
    await commands.reload([])
    expect(logged.slice(2)).toEqual([{ ...first, commands: 2 }])
  })

  it('takes a changed file, a new one, and one that is gone', async () => {
    const { commands, registry, dir, put, run } = await loaded({ 'a.ts': plain('one'), 'b.ts': plain('b') })
    put('a.ts', plain('two'))
    put('new/c.ts', plain('c'))
    rmSync(join(dir, 'b.ts'))
    let heard = 0
    registry.onChange(() => heard++)
    await commands.reload([join(dir, 'a.ts'), join(dir, 'new/c.ts'), join(dir, 'b.ts')])
    expect(await run('a')).toBe('two')
    expect(await run('new', 'c')).toBe('c')
    expect(registry.find(['b'])).toBeUndefined()
    expect(heard).toBe(1)
  })

  it('loads again what imports a changed file, and nothing else', async () => {
    const { commands, registry, dir, put, run } = await loaded({
      '_lib.ts': `export const said = 'one'`,
      '_middle.ts': `export { said } from './_lib.js'`,
      'a.ts': `import { said } from './_middle.js'\nexport default { summary: 'a', run: () => said }`,
      'b.ts': `export default { summary: 'b', run: () => 'b' }`,
    })
    const untouched = registry.find(['b'])?.compiled?.command
    put('_lib.ts', `export const said = 'two'`)
    await commands.reload([join(dir, '_lib.ts')])
    expect(await run('a')).toBe('two')
    expect(registry.find(['b'])?.compiled?.command).toBe(untouched)
  })

  it('loads again what imports a changed file by a name of its own package', async () => {
    const { run, dir, commands, put } = await loaded({
      'package.json': '{ "imports": { "#shared": "./_shared.ts" } }',
      '_shared.ts': `export const word = 'one'`,
      'a.ts': `import { word } from '#shared'\nexport default { summary: 'a', run: () => word }`,
    })
    expect(await run('a')).toBe('one')
    put('_shared.ts', `export const word = 'two'`)
    await commands.reload([join(dir, '_shared.ts')])
    expect(await run('a')).toBe('two')
  })

  it('keeps the last good version of a file that broke, and says so', async () => {
    const { commands, dir, put, run, errors } = await loaded({ 'a.ts': plain('one') })
    put('a.ts', 'export default {')
    const { broken } = await commands.reload([join(dir, 'a.ts')])
    expect(broken).toMatchObject([{ file: join(dir, 'a.ts'), serves: true }])
    expect(errors.at(-1)).toContain('a.ts:1: Expected identifier but found end of file')
    expect(await run('a')).toBe('one')
    put('a.ts', plain('two'))
    expect((await commands.reload([join(dir, 'a.ts')])).broken).toEqual([])
    expect(await run('a')).toBe('two')
  })

  it('tries again what lacked a file', async () => {
    const { commands, dir, put, run } = await loaded({
      'a.ts': `import { said } from './_lib.js'\nexport default { summary: 'a', run: () => said }`,
    })
    put('_lib.ts', `export const said = 'now'`)
    await commands.reload([join(dir, '_lib.ts')])
    expect(await run('a')).toBe('now')
  })

  it('frees a name that another file wanted', async () => {
    const { commands, dir, run } = await loaded({ 'a.ts': plain('first'), 'a/index.ts': plain('second') })
    expect(await run('a')).toBe('first')
    rmSync(join(dir, 'a.ts'))
    await commands.reload([join(dir, 'a.ts')])
    expect(await run('a')).toBe('second')
  })

  it('names the file that changes what all code shares, and what it changes, once', async () => {
    onTestFinished(() => {
      for (const name of ['allow', 'later', 'awaited']) Reflect.deleteProperty(Object.prototype, name)
      Reflect.deleteProperty(Array.prototype, 'last')
    })
    const { broken, warnings, commands, dir, put, run } = await loaded({
      'a.ts': plain('a'),
      'b.ts': `Object.prototype.allow = 'anyone'\n${plain('b')}`,
      'c.ts': `import './_lib.js'\n${plain('c')}`,
      '_lib.ts': `Array.prototype.last = function () { return this.at(-1) }\nexport {}`,
      'd.ts': `Object.defineProperty(Object.prototype, 'awaited', { value: 1, configurable: true })\nawait 0\n${plain('d')}`,
      'e.ts': plain('e'),
    })
    const shared = (file: string, property: string) =>
      `${file}: it changed ${property}, which all code shares, while loading`
    expect(broken).toEqual([])
    expect(await run('e')).toBe('e')
    expect(warnings().sort()).toEqual([
      shared('_lib.ts', 'Array.prototype.last'),
      shared('b.ts', 'Object.prototype.allow'),
      shared('d.ts', 'Object.prototype.awaited'),
    ])
    Object.defineProperty(Object.prototype, 'later', { value: 1, configurable: true }) // by a command that ran
    put('a.ts', plain('another'))
    await commands.reload([join(dir, 'a.ts')])
    expect(warnings()).toEqual([])
  })

  it('does not grow, and writes nothing', async () => {
    const { commands, dir, put } = await loaded({
      'a.ts': plain('a'),
      'b.ts': `await 0\n${plain('b')}`,
      'c.ts': `import './_big.js'\n${plain('c')}`,
      '_big.ts': `export const big = new Array(20_000).fill('x').map((x, i) => x + i)`,
    })
    const reload = async (times: number) => {
      for (let round = 0; round < times; round++) {
        put('a.ts', plain(`a${round}`))
        await commands.reload(['a.ts', 'b.ts', '_big.ts'].map((file) => join(dir, file)))
      }
    }
    await reload(30)
    const before = heap()
    await reload(200)
    // One copy of _big alone has more than a megabyte.
    expect((heap() - before) / 200).toBeLessThan(20_000)
    expect(readdirSync(dir).sort()).toEqual(['_big.ts', 'a.ts', 'b.ts', 'c.ts'])
  })
})

function plain(answer: string): string {
  return `export default { summary: ${JSON.stringify(answer)}, run: () => ${JSON.stringify(answer)} }`
}

/** The commands of a directory with these files in it. */
async function loaded(files: Readonly<Record<string, string>>, loadMs = 60_000) {
  const dir = mkdtempSync(join(tmpdir(), 'commands of a bot (1) '))
  dirs.push(dir)
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  for (const [name, text] of Object.entries(files)) put(name, text)
  const errors: string[] = []
  const warned: string[] = []
  const warn: Logger['warn'] = (_, message) => void warned.push(message)
  const logged: object[] = []
  const log: Logger = {
    ...silentLogger,
    warn,
    error: (_, message) => void errors.push(message),
    info: (facts, message) => void logged.push({ ...facts, message }),
  }
  const registry = createRegistry()
  const commands = createCommandDirectory({ dir, modules: { slashroom }, registry, log, loadMs })
  const report = await commands.load()
  const short = (message: string) => message.replaceAll(`${dir}/`, '')
  const broken = report.broken.map(({ file, message }) => {
    const name = short(file)
    return [name, short(message).startsWith(name) ? short(message).slice(name.length) : short(message)] as const
  })
  const call = {} as slashroom.CommandContext
  const run = async (...words: string[]) => registry.find(words)?.compiled?.command.run(call)
  const warnings = () => warned.splice(0).map((message) => message.replace(/^.*\//, ''))
  const names = registry.list().map(({ name }) => name)
  return { dir, put, commands, registry, broken, errors, logged, warnings, names, call, run }
}

/** Ends a file soon, and leaves others time on a busy machine. */
const shortMs = 1_500

/** How often a file said so of itself meanwhile. */
async function begun(said: string, meanwhile: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hear = () => void count++
  process.on(said, hear)
  await meanwhile()
  process.off(said, hear)
  return count
}

function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
