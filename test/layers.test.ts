import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who stands where. An import goes to a lower floor, never up and never to a neighbour on the same one. */
const floors: Readonly<Record<string, number>> = {
  'src/cli': 7,
  'src/bot.ts': 6,
  'src/assembly.ts': 6,
  'src/keeping.ts': 6,
  'src/prepare.ts': 6,
  'src/see-through.ts': 6,
  'src/index.ts': 5,
  'src/server': 5,
  'src/simulator': 5,
  'src/testing.ts': 5,
  'src/testing': 5,
  'src/dispatch': 4,
  'src/platforms': 4,
  'src/journal': 3,
  'src/delivery': 2,
  'src/stores': 2,
  'src/net': 2,
  'src/model': 1,
  'src/log.ts': 1,
  'src/spans.ts': 1,
  'src/config.ts': 1,
}

/** Neighbours that are one noun in several files, or that take only types of what they name. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/bot.ts': ['src/assembly.ts'],
  'src/assembly.ts': ['src/prepare.ts', 'src/see-through.ts'],
  'src/prepare.ts': ['src/keeping.ts'],
  'src/log.ts': ['src/config.ts', 'src/model'],
  'src/config.ts': ['src/model'],
}

describe('the layers', () => {
  const imports = sources('src').flatMap((file) => importsOf(file).map((target) => ({ file, target })))

  it('know every file of src/', () => {
    expect(sources('src').filter((file) => place(file) === undefined)).toEqual([])
  })

  it('are passed downhill only', () => {
    expect(imports.filter(({ file, target }) => !mayImport(file, target)).map(show)).toEqual([])
  })

  it('keep platforms apart', () => {
    const platform = (path: string) => /^src\/platforms\/([^/]+)\//.exec(path)?.[1]
    const crossed = imports.filter(({ file, target }) => {
      const [from, to] = [platform(file), platform(target)]
      return from && to && from !== to
    })
    expect(crossed.map(show)).toEqual([])
  })

  it('let the simulator see wire types only', () => {
    const seen = imports.filter(
      ({ file, target }) => file.startsWith('src/simulator/') && target.startsWith('src/platforms/'),
    )
    expect(seen.filter(({ target }) => !target.endsWith('/wire.ts')).map(show)).toEqual([])
  })

  it('leave the model without any import from outside', () => {
    const outside = sources('src/model').filter((file) => /from '(?!\.)/.test(readFileSync(file, 'utf8')))
    expect(outside).toEqual([])
  })

  it('let commands write with slashroom alone', () => {
    const reaching = sources('commands').filter((file) => /from '(\.\.\/)+src\//.test(readFileSync(file, 'utf8')))
    expect(reaching).toEqual([])
  })
})

function mayImport(file: string, target: string): boolean {
  const [from, to] = [place(file), place(target)]
  if (!from || !to) return false
  if (from === to || allowed[from]?.includes(to)) return true
  return (floors[to] ?? 0) < (floors[from] ?? 0) && !(from === 'src/simulator' && to === 'src/server')
}

function place(file: string): string | undefined {
  return Object.keys(floors).find((name) => file === name || file.startsWith(`${name}/`))
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8')
  const named = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) => path ?? '')
  return named.map((path) => relative('.', resolve(dirname(file), path)).replace(/\.js$/, '.ts'))
}

function show({ file, target }: { readonly file: string; readonly target: string }): string {
  return `${file} → ${target}`
}
