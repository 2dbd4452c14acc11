import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as slashroom from '../../../src/authoring.js'
import { type Logger, silentLogger } from '../../../src/model/logger.js'
import { createHookDirectory } from '../../../src/notify/hooks/hook-directory.js'

describe('loading hooks', () => {
  it('names a hook by its file', async () => {
    const { hooks, broken } = await loaded({
      'GitHub.ts': plain,
      'alert-manager.mjs': plain,
      'ci.cjs': `module.exports = { summary: 'x', to: 'ops', run: () => 'x' }`,
      'build_1.2.js': plain,
    })
    expect(hooks.list().map(({ name }) => name)).toEqual(['github', 'alert-manager', 'build_1.2', 'ci'])
    expect(hooks.find('GITHUB')?.name).toBe('github')
    expect(broken).toEqual({})
  })

  it('leaves alone what is no hook', async () => {
    const { hooks, broken } = await loaded({
      '_lib.ts': 'throw 1',
      '.hidden.ts': 'throw 1',
      'a.d.ts': 'throw 1',
      'a.test.ts': 'throw 1',
      'a.txt': 'throw 1',
      'folder/a.ts': 'throw 1',
      'folder.ts/a.ts': 'throw 1',
    })
    expect({ names: hooks.list(), broken }).toEqual({ names: [], broken: {} })
  })

  it('takes a hook with and without slashroom, and finds none on what all objects have', async () => {
    const { hooks } = await loaded({
      'typed.ts': `import { hook, card } from 'slashroom'
        export default hook<{ title: string }>({ summary: 'x', to: ({ title }) => title, run: ({ event }) => card({ title: event.title }) })`,
      'plain.js': plain,
    })
    expect(hooks.list()).toHaveLength(2)
    expect(hooks.find('constructor') ?? hooks.find('__proto__')).toBeUndefined()
  })

  it('names a broken file with its reason, and the rest serve', async () => {
    const { hooks, broken, errors } = await loaded({
      'good.ts': plain,
      'syntax.ts': `export default {\n  summary: 'x'\n  run() {} }`,
      'throws.ts': `\nthrow new TypeError('no luck')`,
      'none.ts': 'export const a = 1',
      'function.ts': `export default () => 'x'`,
      'promise.ts': `export default Promise.resolve({ summary: 'x', run() {} })`,
      'run.ts': `export default { summary: 'x' }`,
      'summary.ts': 'export default { run() {} }',
      'verify.ts': `export default { summary: 'x', verify: 'secret', to: 'ops', run() {} }`,
      'to.ts': `export default { summary: 'x', to: [], run() {} }`,
      'nowhere.ts': `export default { summary: 'x', verify() {}, run() {} }`,
      'misspelt.ts': `export default { summary: 'x', verfy() {}, to: 'ops', run() {} }`,
      'inherited.ts': `class Base { verify() {} }\nexport default Object.assign(new Base(), { summary: 'x', to: 'ops', run() {} })`,
      'two words.ts': plain,
      'good.js': plain,
    })
    expect(hooks.list().map(({ file }) => file.split('/').at(-1))).toEqual(['good.js'])
    expect(broken).toEqual({
      'syntax.ts': ':3: Expected "}" but found "run"',
      'throws.ts': ':2: TypeError: no luck',
      'none.ts': ': it has no default export that is a hook',
      'function.ts': ': its default export is a function: export { summary, run } with the function as run',
      'promise.ts': ': its default export is a promise, not a hook',
      'run.ts': ': run is missing: it must be a function',
      'summary.ts': ': summary is missing: it must be a string',
      'verify.ts': ': verify must be a function that throws',
      'to.ts': ': to must be a room, a list of rooms, or a function of the event',
      'nowhere.ts': ': to is missing: with verify, there is no token that determines the rooms',
      'misspelt.ts': ': unknown key “verfy” (did you mean verify?)',
      'inherited.ts': ': verify must stand in the definition itself: what it inherits is not read',
      'two words.ts': `: "two words" cannot be a hook's name: use letters from a to z, digits, and . _ -`,
      'good.ts': expect.stringMatching(/^: \/hooks\/good is already .*good\.js$/),
    })
    expect(errors).toHaveLength(Object.keys(broken).length)
  })

  it.each([{}, { GATE: '' }, { GATE: '  ' }])('does not load a hook whose secret is not set: %o', async (env) => {
    const { hooks, broken } = await loaded({ 'gate.ts': gated }, env)
    expect(hooks.list()).toEqual([])
    expect(broken).toEqual({ 'gate.ts': ': GATE is not set: verify needs the secret that it holds' })
  })

  it('loads a hook whose secret is set', async () => {
    const { hooks } = await loaded({ 'gate.ts': gated }, { GATE: 's3cret' })
    expect(hooks.list()).toHaveLength(1)
  })

  it('does without a directory that nobody named, and without one that was removed', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'slashroom-hooks-'))
    const home = process.cwd()
    onTestFinished(() => {
      process.chdir(home)
      rmSync(empty, { recursive: true, force: true })
    })
    process.chdir(empty)
    const hooks = createHookDirectory({ dir: undefined, modules: {}, env: {}, log: silentLogger })
    expect(await hooks.load()).toEqual({ hooks: 0, broken: [] })
    mkdirSync('hooks')
    writeFileSync('hooks/a.ts', plain)
    expect(await hooks.reload()).toEqual({ hooks: 1, broken: [] })
    rmSync('hooks', { recursive: true })
    expect(await hooks.reload()).toEqual({ hooks: 0, broken: [] })
  })

  it('names HOOKS_DIR where the directory in it is not there, or is none', async () => {
    const { dir } = await loaded({ 'a.ts': plain })
    for (const wrong of [join(dir, 'nowhere'), join(dir, 'a.ts')]) {
      const hooks = createHookDirectory({ dir: wrong, modules: {}, env: {}, log: silentLogger })
      await expect(hooks.load()).rejects.toThrow(`HOOKS_DIR: ${wrong} is not a readable directory.`)
    }
  })

  it('passes by a link that leads nowhere', async () => {
    const { dir, hooks } = await loaded({ 'a.ts': plain })
    symlinkSync(join(dir, 'gone.ts'), join(dir, 'link.ts'))
    expect(await hooks.reload()).toEqual({ hooks: 1, broken: [] })
  })
})

describe('reloading hooks', () => {
  it('loads what changed, what imports it, what is new, and drops what is gone', async () => {
    const { dir, hooks, write } = await loaded({
      '_room.ts': `export const room = 'ops'`,
      'a.ts': `import { room } from './_room'\nexport default { summary: 'a', to: room, run() {} }`,
      'b.ts': plain,
    })
    write({ '_room.ts': `export const room = 'web'`, 'c.ts': plain })
    rmSync(join(dir, 'b.ts'))
    await hooks.reload([join(dir, '_room.ts'), join(dir, 'c.ts'), join(dir, 'b.ts')])
    expect(hooks.list().map(({ name }) => name)).toEqual(['a', 'c'])
    expect(hooks.find('a')?.hook.to).toBe('web')
  })

  it('logs the result of each load once, and not when nothing changed', async () => {
    const { hooks, logged } = await loaded({ 'a.ts': plain })
    await hooks.reload([])
    expect(logged).toEqual([{ hooks: 1, broken: 0, message: 'hooks loaded' }])
  })

  it('keeps the last good version of a file that broke', async () => {
    const { dir, hooks, write } = await loaded({ 'a.ts': plain })
    write({ 'a.ts': 'export default {' })
    const { hooks: count, broken } = await hooks.reload([join(dir, 'a.ts')])
    expect({ count, broken }).toMatchObject({ count: 1, broken: [{ serves: true }] })
    expect(hooks.find('a')?.hook.summary).toBe('plain')
  })

  it('says which file an uncaught error came from', async () => {
    const { hooks } = await loaded({
      'a.ts': `export default { summary: 'a', to: 'ops', run() { throw new Error('later') } }`,
    })
    const error = await Promise.resolve()
      .then(() => hooks.find('a')?.hook.run(undefined as never))
      .catch((thrown: unknown) => thrown)
    expect(hooks.blame(error)?.file).toMatch(/a\.ts$/)
    expect(hooks.blame(new Error('ours'))).toBeUndefined()
  })
})

const plain = `export default { summary: 'plain', to: 'ops', run: () => 'x' }`
const gated = `const verify = Object.assign(() => {}, { secrets: ['GATE'] })
  export default { summary: 'gated', to: 'ops', verify, run: () => 'x' }`

async function loaded(files: Readonly<Record<string, string>>, env = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-hooks-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, code] of Object.entries(more)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), code)
    }
  }
  write(files)
  const errors: string[] = []
  const logged: object[] = []
  const log: Logger = {
    ...silentLogger,
    error: (_, message) => errors.push(message),
    info: (facts, message) => logged.push({ ...facts, message }),
  }
  const hooks = createHookDirectory({ dir, modules: { slashroom }, env, log })
  const report = await hooks.load()
  const broken = Object.fromEntries(
    report.broken.map(({ file, message }) => {
      const name = file.slice(dir.length + 1)
      return [name, message.slice(message.indexOf(name) + name.length)]
    }),
  )
  return { dir, hooks, broken, errors, logged, write }
}
