import { createRequire } from 'node:module'
import { dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import { type ModuleFunction, moduleParameters } from './fast-compile.js'
import { LoadError, resolveFile, type Source, transpileSync } from './transpile.js'

/** What is known of the files, and the modules that take precedence over installed ones. */
export interface ModuleCache {
  readonly provided: Readonly<Record<string, unknown>>
  readonly sources: Map<string, Source>
  readonly instances: Map<string, Instance>
  /** Files whose top level is still running. */
  readonly running: Set<string>
  /** Called when a file's top level has run, successfully or not. */
  readonly ran: (file: string) => void
}

interface Instance {
  exports: unknown
}

/** Runs a file as CommonJS, once regardless of the number of importers, and returns its exports. Throws what the file throws, or LoadError. */
export function runModule(file: string, cache: ModuleCache): unknown {
  const { sources, instances, running, ran } = cache
  const known = instances.get(file)
  if (known) return known.exports
  const source = sources.get(file) ?? transpileSync(file)
  sources.set(file, source)
  if (source.error) throw source.error
  if (source.awaits) throw new LoadError('It uses top-level await, so it cannot be loaded with require()', file)
  const instance: Instance = { exports: {} }
  instances.set(file, instance)
  running.add(file)
  try {
    evaluate(file, source, instance, cache)
  } catch (error) {
    instances.delete(file)
    throw error
  } finally {
    running.delete(file)
    ran(file)
  }
  return instance.exports
}

function evaluate(file: string, { code, body }: Source, instance: Instance, cache: ModuleCache): void {
  if (extname(file) === '.json') {
    instance.exports = JSON.parse(code)
    return
  }
  const run = body ?? (compileFunction(code, moduleParameters, { filename: file }) as ModuleFunction)
  const meta = code.includes('__meta') ? importMeta(file) : undefined
  run(instance.exports, requireFrom(file, cache), instance, file, dirname(file), meta)
}

function requireFrom(file: string, cache: ModuleCache): (specifier: string) => unknown {
  let made: NodeJS.Require | undefined
  const native = () => (made ??= createRequire(file))
  const own = (specifier: string): unknown => {
    if (Object.hasOwn(cache.provided, specifier)) return cache.provided[specifier]
    const found = resolveFile(file, specifier)
    return found === undefined ? native()(specifier) : runModule(found, cache)
  }
  return Object.defineProperties(own, {
    resolve: { get: () => native().resolve },
    cache: { get: () => native().cache },
  })
}

function importMeta(file: string): object {
  const url = pathToFileURL(file).href
  const native = createRequire(file)
  return {
    url,
    filename: file,
    dirname: dirname(file),
    resolve: (specifier: string) =>
      /^\.{0,2}\//.test(specifier) ? new URL(specifier, url).href : pathToFileURL(native.resolve(specifier)).href,
  }
}

/** Runs a file with top-level await, which CommonJS cannot. The loader for that is itself loaded on demand. */
export async function runAsyncModule(file: string, { provided, ran }: ModuleCache): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(file, { virtualModules: { ...provided }, moduleCache: false, fsCache: false })
  return await jiti.import(file).finally(() => ran(file))
}
