import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compilers, tscOf } from '../fixtures/compiler.js'
import { type Editor, openEditor } from '../fixtures/language-server.js'
import { build, runProgram } from '../fixtures/slashroom.js'

/** A command with one option as it is written here, between two that are right. */
const withOption = (option: string) => `import { command } from 'slashroom'

export default command({
  summary: 'Starts a service',
  options: {
    count: { type: 'integer', default: 3 },
    tried: { ${option} },
    env: { type: 'choice', choices: ['staging', 'prod'], required: true },
  },
  run({ options }) {
    const types: { count: number; env: 'staging' | 'prod' } = options
    return types.env
  },
})
`

const withPart = (part: string) => `import { command } from 'slashroom'

export default command({ ${part} })
`

const common = ['alias', 'ask', 'default', 'many', 'positional', 'required', 'rest', 'schema', 'summary']

describe.each([7, 5] as const)('an editor with TypeScript %i', (version) => {
  let editor: Editor
  const offered = async (text: string) => [...(await editor.completions(text))].sort()

  beforeAll(() => {
    editor = openEditor(version)
  })

  afterAll(() => editor.close())

  it.each([
    ["type: 'string', ¦", ['max', 'min', 'pattern']],
    ["type: 'integer', required: true, m¦ ", ['max', 'min'], 'required'],
    ["type: 'boolean', ¦", []],
    ["¦ type: 'choice', choices: ['a']", []],
  ])('offers inside an option what its type may still have: %s', async (option, special, given = '') => {
    expect(await offered(withOption(option))).toEqual([...common, ...special].filter((name) => name !== given).sort())
  })

  it('offers the types, and the choices as a default', async () => {
    const types = ['boolean', 'choice', 'date', 'duration', 'integer', 'number', 'room', 'string', 'user']
    expect(await offered(withOption("type: '¦'"))).toEqual(types)
    expect(await offered(withOption("type: 'choice', choices: ['a', 'b'], default: '¦'"))).toEqual(['a', 'b'])
  })

  it.each([
    [withOption("ty¦pe: 'string'"), "The option's type: `'string'` takes text."],
    [withOption("type: 'string', mi¦n: 1"), 'Minimum number of characters.'],
    [withOption("type: 'integer', mi¦n: 1"), 'Minimum value.'],
    [withOption("type: 'choice', choi¦ces: ['a']"), 'The allowed values'],
    [withOption("type: 'string', re¦st: true"), 'the rest of the line'],
    [withPart('summ¦ary: "x", run() {}'), 'What it does, in a few words'],
    [withPart('summary: "x", cool¦down: { every: 1 }, run() {}'), 'Limits how often it can be run.'],
    [withPart('summary: "x", r¦un() {}'), 'Runs the command. Returns its answer'],
  ])('says what a part is', async (text, meaning) => {
    expect(await editor.hover(text)).toContain(meaning)
  })

  it.each([
    ["type: 'string', description: 'x'", 'description', "'description' does not exist in type 'StringOption'"],
    ["type: 'string', minimum: 1", 'minimum', "'minimum' does not exist in type 'StringOption'"],
    ["type: 'boolean', min: 1", 'min', "'min' does not exist in type 'BooleanOption'"],
    ["type: 'string', requried: true", 'requried', "Did you mean to write 'required'?"],
    ["type: 'string', default: 5", 'default', "'number' is not assignable to type 'string"],
    ["type: 'string', default: ['x']", 'default', "'string[]' is not assignable to type 'string'"],
    ["type: 'choice', choices: ['a', 'b'], default: 'c'", 'default', `'"c"' is not assignable to type '"a" | "b"`],
    ["type: 'choice'", 'tried', "'choices' is missing"],
    ["type: 'colour'", 'type', `'"colour"' is not assignable to type '"`],
    ["type: 'string', required: true, default: 'x'", 'default', 'it is required, so its default would never be used'],
    ["type: 'string', ask: true", 'ask', 'ask works only with required: true'],
  ])('underlines what is wrong alone, and says what it must be: %s', async (option, at, message) => {
    const faults = await editor.faults(withOption(option))
    expect(faults).toEqual([{ at, message: expect.stringContaining(message) }])
    expect(faults[0]?.message).not.toContain("'never'")
  })

  it('finds nothing wrong where nothing is', async () => {
    expect(await editor.faults(withOption("type: 'duration', default: '5m', min: 1, many: true"))).toEqual([])
  })
})

describe('the types that are shipped', () => {
  it.each(compilers)('hold with %s what they promise', async (compiler) => {
    build()
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-types-'))
    const shipped = (path: string) => [resolve('dist', path)]
    const paths = { slashroom: shipped('index.d.ts'), 'slashroom/testing': shipped('testing/test-room.d.ts') }
    const compilerOptions = { paths, typeRoots: [resolve('node_modules/@types')] }
    const project = { extends: resolve('tsconfig.json'), compilerOptions, include: [], files: [resolve(promises)] }
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(project))
    const compile = [tscOf(compiler), '--project', dir]
    expect(await runProgram(process.execPath, compile)).toMatchObject({ out: '', code: 0 })
    await rm(dir, { recursive: true })
  })
})

const promises = 'test/types/command.test-d.ts'
