import { createRequire, SourceMap } from 'node:module'
import { dirname, extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { compileFunction, createContext, runInContext } from 'node:vm'
import { codeOf } from '../shared/error-details.js'
import { type ModuleFunction, moduleParameters, prologue } from './compile-without-esbuild.js'
import { LoadError, resolveFile, type Source, transpile, transpileSync } from './transpile.js'

/** Files of a bot's own, TypeScript or JavaScript, run in this process and anew after they changed. */
export interface ModuleLoader {
  /** Reads and translates files and what they import, all at once. What is wrong with one is told by `run`. */
  prepare(files: readonly string[]): Promise<void>
  /**
   * Runs files under one clock: to set a clock takes as long as to run a file. What fails, `run` tells; where one does not
   * end, those behind it are left to `run`.
   */
  runAhead(files: readonly string[]): void
  /** Runs a file and gives back its exports. Throws what the file throws, or LoadError. */
  run(file: string): Promise<unknown>
  /** Drops files and whatever imports them; says which all these are. */
  forget(files: Iterable<string>): ReadonlySet<string>
  /** Puts the right lines into a stack trace of translated files. */
  locate(stack: string): string
  /** The first file of ours that a stack trace names, and the line in it. */
  origin(stack: string): { readonly file: string; readonly line: number } | undefined
}

/** The top level of a file did not end within its time, nor would it ever. */
export class EndlessError extends LoadError {}

/**
 * `modules`: what files get for these names, wherever they are and whatever is installed beside them. `loadMs`: how long
 * the top level of one may hold up the process.
 */
export function createModuleLoader(modules: Readonly<Record<string, unknown>>, loadMs: number): ModuleLoader {
  const sources = new Map<string, Source>()
  const instances = new Map<string, Instance>()
  const begun = new Set<string>()
  const failed = new Map<string, unknown>()
  const watched: { run?: () => unknown } = createContext({})

  async function prepare(files: readonly string[]): Promise<void> {
    const due = [...new Set(files)].filter((file) => !sources.has(file))
    // Not all at once: each is an open file.
    for (let from = 0; from < due.length; from += 100) {
      const some = due.slice(from, from + 100)
      const translated = await Promise.all(some.map(transpile))
      for (const [index, file] of some.entries()) sources.set(file, translated[index] ?? { code: '', imports: [] })
    }
    const imported = due.flatMap((file) => sources.get(file)?.imports ?? []).filter((file) => !sources.has(file))
    if (imported.length > 0) await prepare(imported)
  }

  /** Runs a file as CommonJS: once, however many import it. */
  function load(file: string): unknown {
    const known = instances.get(file)
    if (known) return known.exports
    const source = sources.get(file) ?? transpileSync(file)
    sources.set(file, source)
    if (source.fault) throw source.fault
    if (source.awaits) throw new LoadError('It uses top-level await, so it cannot be loaded with require()', file)
    const instance: Instance = { exports: {} }
    instances.set(file, instance)
    begun.add(file)
    try {
      evaluate(file, source, instance)
    } catch (error) {
      instances.delete(file)
      throw error
    } finally {
      begun.delete(file)
    }
    return instance.exports
  }

  function evaluate(file: string, { code, body }: Source, instance: Instance): void {
    if (extname(file) === '.json') {
      instance.exports = JSON.parse(code)
      return
    }
    const run = body ?? (compileFunction(code, moduleParameters, { filename: file }) as ModuleFunction)
    const meta = code.includes('__meta') ? metaOf(file) : undefined
    run(instance.exports, requireFrom(file), instance, file, dirname(file), meta)
  }

  /** Ends what goes round in circles: while it does, no timer fires and no signal is heard. */
  function inTime(file: string, run: () => unknown): unknown {
    watched.run = run
    try {
      return runInContext('run()', watched, { timeout: loadMs, displayErrors: false })
    } catch (error) {
      if (codeOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      for (const one of begun) instances.delete(one) // they got no chance to say that they did not end
      begun.clear()
      throw new EndlessError(`it was not loaded within ${loadMs / 1_000} seconds: its top level does not end`, file)
    } finally {
      delete watched.run
    }
  }

  function requireFrom(file: string): (specifier: string) => unknown {
    let made: NodeJS.Require | undefined
    const native = () => (made ??= createRequire(file))
    const own = (specifier: string): unknown => {
      if (Object.hasOwn(modules, specifier)) return modules[specifier]
      const found = resolveFile(file, specifier)
      return found === undefined ? native()(specifier) : load(found)
    }
    return Object.defineProperties(own, {
      resolve: { get: () => native().resolve },
      cache: { get: () => native().cache },
    })
  }

  /** True where the file or what it imports waits at its top level, which CommonJS cannot. */
  function awaits(file: string, seen = new Set<string>()): boolean {
    if (seen.has(file)) return false
    seen.add(file)
    const source = sources.get(file)
    return source?.awaits === true || (source?.imports.some((imported) => awaits(imported, seen)) ?? false)
  }

  function runAhead(files: readonly string[]): void {
    let [current, since] = ['', 0]
    try {
      inTime('', () => {
        for (const file of files) {
          if (awaits(file)) continue
          ;[current, since] = [file, performance.now()]
          try {
            load(file)
          } catch (error) {
            failed.set(file, error)
          }
        }
      })
    } catch (error) {
      if (!(error instanceof EndlessError)) throw error
      // It had most of the time, so it would take all of it again.
      if (performance.now() - since > loadMs / 2) failed.set(current, new EndlessError(error.message, current))
    }
  }

  /** What became of it when it was run ahead, or does now. */
  function loadOnce(file: string): unknown {
    if (!failed.has(file)) return instances.get(file)?.exports ?? inTime(file, () => load(file))
    const error = failed.get(file)
    failed.delete(file)
    throw error
  }

  return {
    prepare,
    runAhead,
    async run(file) {
      await prepare([file])
      if (awaits(file)) return await runAsync(file, modules)
      try {
        return loadOnce(file)
      } catch (error) {
        // A package that waits at its top level: only import() takes it.
        if (codeOf(error) !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
        return await runAsync(file, modules)
      }
    },
    forget(files) {
      const gone = new Set(files)
      for (let size = -1; size !== gone.size; ) {
        size = gone.size
        for (const [file, source] of sources) if (source.imports.some((imported) => gone.has(imported))) gone.add(file)
      }
      for (const file of gone) {
        sources.delete(file)
        instances.delete(file)
        failed.delete(file)
      }
      return gone
    },
    locate: (stack) =>
      stack.replace(frames, (whole, path: string, line: string, column: string) => {
        const file = pathOf(path)
        const place = placeIn(sources.get(file), Number(line), Number(column))
        return place ? `${file}:${place.line}:${place.column}` : whole
      }),
    origin(stack) {
      for (const [, path = '', line, column] of stack.matchAll(frames)) {
        const source = sources.get(pathOf(path))
        if (source)
          return {
            file: pathOf(path),
            line: (placeIn(source, Number(line), Number(column)) ?? { line: Number(line) }).line,
          }
      }
      return undefined
    },
  }
}

/** `file:line:column`, as it ends a line of a stack trace; the file's path may hold spaces. */
const frames = /(?<=\(|at |at async )((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^\n]*?):(\d+):(\d+)(?=\)?$)/gm

function pathOf(path: string): string {
  return path.startsWith('file:') ? fileURLToPath(path) : path
}

/** Where a place in translated code stands in the file itself. */
function placeIn(source: Source | undefined, line: number, column: number) {
  if (source?.body && line === 1) return { line, column: column - prologue.length }
  const map = source?.map
  const compiled = map ? new SourceMap(JSON.parse(map)).findEntry(line - 1, column - 1) : {}
  return isMapping(compiled) ? { line: compiled.originalLine + 1, column: compiled.originalColumn + 1 } : undefined
}

function isMapping(compiled: object): compiled is { originalLine: number; originalColumn: number } {
  return 'originalLine' in compiled && typeof compiled.originalLine === 'number'
}

interface Instance {
  exports: unknown
}

function metaOf(file: string): object {
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

/** Runs a file that waits at its top level. The means for it are loaded only where one does. */
async function runAsync(file: string, modules: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(file, { virtualModules: { ...modules }, moduleCache: false, fsCache: false })
  return await jiti.import(file)
}
