import { createContext, runInContext } from 'node:vm'
import { codeOf } from '../shared/error-details.js'
import { createPrototypeWatch } from './prototype-watch.js'
import { type ModuleCache, runAsyncModule, runModule } from './run-module.js'
import { firstOwnFrame, locateFrames, type SourceLine } from './source-positions.js'
import { LoadError, type Source, transpile } from './transpile.js'

/** Loads a bot's own TypeScript and JavaScript files, and reloads them after changes. */
export interface ModuleLoader {
  /** Reads and translates files and their imports in parallel. `run` reports errors. */
  prepare(files: readonly string[]): Promise<void>
  /**
   * Runs files under a shared time limit: 500 load in 116 ms, compared to 231 with one limit each (CommandDirectory.load,
   * measured in alternating processes). `run` reports errors; if a file does not end, the ones after it are left to `run`.
   */
  runAhead(files: readonly string[]): void
  /** Runs a file and resolves with its exports. Throws what the file throws, or LoadError. */
  run(file: string): Promise<unknown>
  /** Drops files and everything that imports them; returns all of these. */
  forget(files: Iterable<string>): ReadonlySet<string>
  /** Maps a stack trace of translated files to their sources. */
  locate(stack: string): string
  /** The first of the bot's own files in a stack trace, and the line in it. */
  origin(stack: string): SourceLine | undefined
}

/** The top level of a file did not end within the time limit. */
export class LoadTimeoutError extends LoadError {}

/**
 * `modules`: modules that files can import regardless of what is installed. `loadMs`: how long the top level of a file may
 * block the process. `onTampering` is called for each property of a built-in prototype that a file changes while loading.
 */
export function createModuleLoader(
  modules: Readonly<Record<string, unknown>>,
  loadMs: number,
  onTampering: (file: string, property: string) => void = () => {},
): ModuleLoader {
  const watch = createPrototypeWatch()
  const sources = new Map<string, Source>()
  const ran = (file: string) => {
    // Checking 100 files takes 0.4 of the processor time that Node.js itself takes to start.
    if (sources.get(file)?.leavesPrototypes) return
    for (const property of watch.changes()) onTampering(file, property)
  }
  const own = { provided: modules, sources, instances: new Map(), running: new Set<string>(), ran }
  const cache: LoaderCache = { ...own, failed: new Map(), loadMs }
  return {
    prepare(files) {
      watch.reset() // changes that running commands made are not this file's fault
      return prepare(files, cache)
    },
    runAhead: (files) => runAhead(files, cache),
    async run(file) {
      await prepare([file], cache)
      if (awaits(file, cache)) return await runAsyncModule(file, cache)
      try {
        return runOnce(file, cache)
      } catch (error) {
        // A package with top-level await: only import() can load it.
        if (codeOf(error) !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
        return await runAsyncModule(file, cache)
      }
    },
    forget: (files) => forget(files, cache),
    locate: (stack) => locateFrames(stack, cache.sources),
    origin: (stack) => firstOwnFrame(stack, cache.sources),
  }
}

interface LoaderCache extends ModuleCache {
  /** Errors of files that `runAll` ran. */
  readonly failed: Map<string, unknown>
  readonly loadMs: number
}

async function prepare(files: readonly string[], cache: ModuleCache): Promise<void> {
  const { sources } = cache
  const due = [...new Set(files)].filter((file) => !sources.has(file))
  // Not all in parallel, because each is an open file.
  for (let from = 0; from < due.length; from += 100) {
    await Promise.all(due.slice(from, from + 100).map(async (file) => sources.set(file, await transpile(file))))
  }
  const imported = due.flatMap((file) => sources.get(file)?.imports ?? []).filter((file) => !sources.has(file))
  if (imported.length > 0) await prepare(imported, cache)
}

function runAhead(files: readonly string[], cache: LoaderCache): void {
  let [current, since] = ['', 0]
  const runAll = () => {
    for (const file of files) {
      if (awaits(file, cache)) continue
      ;[current, since] = [file, performance.now()]
      try {
        runModule(file, cache)
      } catch (error) {
        cache.failed.set(file, error)
      }
    }
  }
  try {
    runInTime('', runAll, cache)
  } catch (error) {
    if (!(error instanceof LoadTimeoutError)) throw error
    // It used up most of the time limit and would do so again.
    if (performance.now() - since > cache.loadMs / 2)
      cache.failed.set(current, new LoadTimeoutError(error.message, current))
  }
}

/** The result of a file that already ran, else runs it. */
function runOnce(file: string, cache: LoaderCache): unknown {
  const { failed, instances } = cache
  if (!failed.has(file)) return instances.get(file)?.exports ?? runInTime(file, () => runModule(file, cache), cache)
  const error = failed.get(file)
  failed.delete(file)
  throw error
}

/** Interrupts a file whose top level loops forever, because no timer fires and no signal is handled meanwhile. */
function runInTime(file: string, run: () => unknown, { instances, running, loadMs }: LoaderCache): unknown {
  watched.run = run
  try {
    return runInContext('run()', watched, { timeout: loadMs, displayErrors: false })
  } catch (error) {
    if (codeOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    for (const one of running) instances.delete(one) // they had no chance to report that they did not end
    running.clear()
    throw new LoadTimeoutError(`it was not loaded within ${loadMs / 1_000} seconds: its top level does not end`, file)
  } finally {
    delete watched.run
  }
}

const watched: { run?: () => unknown } = createContext({})

/** True if the file or an import of it uses top-level await, which CommonJS cannot. */
function awaits(file: string, cache: ModuleCache, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false
  seen.add(file)
  const source = cache.sources.get(file)
  return source?.awaits === true || (source?.imports.some((imported) => awaits(imported, cache, seen)) ?? false)
}

function forget(files: Iterable<string>, { sources, instances, failed }: LoaderCache): ReadonlySet<string> {
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
}
