import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import * as slashroom from '../../src/authoring.js'
import { tryFastCompile } from '../../src/loader/fast-compile.js'
import { createModuleLoader } from '../../src/loader/module-loader.js'

const plain = {
  'a plain object': `export default { summary: 'a', run: () => 'a' }`,
  'names from slashroom and Node.js': `// dice
import { command, say as tell } from 'slashroom'
import {
  basename,
  sep,
} from "node:path";

/** Says where it is. */
export default command({
  summary: 'a',
  async run() { return tell(await shown(__filename)) },
})

async function shown(path) { return \`\${basename(path).length} \${this === undefined}\` }
`,
  'a default export that others are told of': `export default { summary: 'a', run: (own) => typeof own }\n`,
}

const notPlain = {
  'waiting at the top level': `const a = await (async () => 'a')()\nexport default { summary: a, run() {} }`,
  'waiting in an arrow’s default': `const a = (b = await (0)) => b\nexport default { summary: 'a', run: a }`,
  'a call that names a type': `export default { summary: 'a', run: () => id<string>('a') }`,
  'an export written in a text': 'const text = `\nexport default { }`\nconsole.log(text)',
  'two exports': `export const a = 1\nexport default { summary: 'a', run: () => a }`,
  'two default exports': `export default { summary: 'a', run() {} }\nexport default { summary: 'b', run() {} }`,
  'a function': `export default function run() {}`,
  'an import of a file': `import { a } from './_a.js'\nexport default { summary: 'a', run: () => a }`,
  'an import of everything': `import * as path from 'node:path'\nexport default { summary: 'a', run: () => path.sep }`,
  'an import of a default': `import { default as fs } from 'node:fs'\nexport default { summary: 'a', run: () => fs }`,
  'an import of a type': `import { type Reply } from 'slashroom'\nexport default { summary: 'a', run() {} }`,
  'an import that comes late': `export default { summary: 'a', run: () => sep }\nimport { sep } from 'node:path'`,
  'an import within': `export default { summary: 'a', run: () => import('./_a.js') }`,
  'its own address': `export default { summary: 'a', run: () => import.meta.url }`,
  'what CommonJS has': `export default { summary: 'a', run: () => require('./_a') }`,
  types: `const a: string = 'a'\nexport default { summary: a, run() {} }`,
  'a fault': `export default { summary: 'a' run() {} }`,
  'nothing exported': `const a = 1`,
}

describe('a file that needs no translation', () => {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-plain-'))
  const load = async (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    const loader = createModuleLoader({ slashroom }, 5_000)
    return (await loader.run(join(dir, name))) as Loaded
  }
  afterAll(() => rmSync(dir, { recursive: true }))

  it.each(Object.entries(plain))('is %s, and does what it does when translated', async (_, text) => {
    expect(tryFastCompile('/a.ts', text)).toBeTypeOf('function')
    const translatedText = `${text}\n// what holds the word import is translated`
    expect(tryFastCompile('/a.ts', translatedText)).toBeUndefined()
    const results = await Promise.all(
      [text, translatedText].map(async (one, at) => {
        const { __esModule, default: command } = await load(`own-${at}.ts`, one)
        return { __esModule, summary: command.summary, answer: await command.run() }
      }),
    )
    expect(results[0]).toEqual(results[1])
  })

  it.each(Object.entries(notPlain))('is not one with %s', (_, text) => {
    expect(tryFastCompile('/a.ts', text)).toBeUndefined()
  })

  it('compares in JavaScript, where TypeScript might name a type', () => {
    const text = `export default { summary: 'a', run: (a, b) => a < b }`
    expect([tryFastCompile('/a.mjs', text), tryFastCompile('/a.mts', text)]).toEqual([expect.any(Function), undefined])
  })

  it('has its own lines and columns in a stack trace', async () => {
    const throwing = `{ throw new Error('no') }`
    const texts = [
      `function no() ${throwing}; no()\nexport default {}`,
      `// one\n\n  ;(() => ${throwing})()\nexport default {}`,
    ]
    for (const [text, place] of [
      [texts[0], '1:23'],
      [texts[1], '3:19'],
    ] as const) {
      const file = join(dir, 'throws.mjs')
      writeFileSync(file, text ?? '')
      const loader = createModuleLoader({}, 5_000)
      const error: unknown = await loader.run(file).catch((error: unknown) => error)
      expect(loader.locate(String((error as Error).stack))).toContain(`${file}:${place}`)
    }
  })

  it('is imported by others as any module is', async () => {
    await load('_lib.mjs', `export default { one: 1 }`).catch(() => undefined)
    const text = `import lib, * as all from './_lib.mjs'\nexport default { summary: 'a', run: () => [lib.one, all.default.one] }`
    expect(await (await load('imports.mjs', text)).default.run()).toEqual([1, 1])
  })
})

interface Loaded {
  readonly __esModule?: boolean
  readonly default: { readonly summary: string; run(own?: unknown): unknown }
}
