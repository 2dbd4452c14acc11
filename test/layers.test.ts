import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who stands where. An import goes to a lower floor, never up and never to a neighbour on the same one. */
const floors: Readonly<Record<string, number>> = {
  'src/cli': 12,
  'src/index.ts': 12,
  'src/bot.ts': 11,
  'src/runtime.ts': 11,
  'src/bootstrap.ts': 11,
  'src/testing': 11,
  'src/authoring.ts': 10,
  'src/connections': 10,
  'src/server': 10,
  'src/simulator': 10,
  'src/storage.ts': 10,
  'src/pipeline': 9,
  'src/notify': 9,
  'src/loader': 8,
  'src/built-in': 8,
  'src/prompts': 7,
  'src/scheduler': 7,
  'src/platforms': 6,
  'src/policy': 6,
  'src/registry': 5,
  'src/parsing': 4,
  'src/journal': 4,
  'src/delivery': 3,
  'src/stores': 3,
  'src/net': 3,
  'src/hooks': 2,
  'src/config.ts': 2,
  'src/logger.ts': 2,
  'src/shared/tracing.ts': 2,
  'src/model': 1,
  'src/shared': 1,
}

/** Neighbours that are one noun in several files. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/bot.ts': ['src/runtime.ts'],
  'src/runtime.ts': ['src/bootstrap.ts'],
  'src/logger.ts': ['src/config.ts'],
}

describe('the layers', () => {
  const imports = sources('src').flatMap((file) => importsOf(file).map((target) => ({ file, target })))

  it('know every file of src/', () => {
    expect(sources('src').filter((file) => place(file) === undefined)).toEqual([])
  })

  it('are passed downhill only', () => {
    expect(imports.filter(({ file, target }) => !mayImport(file, target)).map(show)).toEqual([])
  })

  it('have no circle of files, types included', () => {
    expect(circle(imports)).toEqual([])
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

/** The files of one circle, in the order of their imports; none where there is none. */
function circle(imports: readonly { readonly file: string; readonly target: string }[]): readonly string[] {
  const targets = new Map<string, string[]>()
  for (const { file, target } of imports) targets.set(file, [...(targets.get(file) ?? []), target])
  const done = new Set<string>()
  const follow = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const target of targets.get(file) ?? []) {
      const found = follow(target, [...path, file])
      if (found.length > 0) return found
    }
    done.add(file)
    return []
  }
  for (const file of targets.keys()) {
    const found = follow(file, [])
    if (found.length > 0) return found
  }
  return []
}

function show({ file, target }: { readonly file: string; readonly target: string }): string {
  return `${file} → ${target}`
}
