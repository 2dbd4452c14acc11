import { createContext, runInContext } from 'node:vm'
import { codeOf } from '../shared/error-details.js'
import { createPrototypeWatch } from './prototype-watch.js'
import { type ModuleCache, runAsyncModule, runModule } from './run-module.js'
import { firstOwnFrame, locateFrames, type SourceLine } from './source-positions.js'
import { LoadError, type Source, transpile } from './transpile.js'

/** Files of a bot's own, TypeScript or JavaScript, run in this process and anew after they changed. */
export interface ModuleLoader {
  /** Reads and translates files and what they import, all at once. `run` reports what is wrong with one. */
  prepare(files: readonly string[]): Promise<void>
  /**
   * Runs files under one clock: 500 are loaded in 116 ms so, with a clock for each in 231 (CommandDirectory.load alone, in
   * processes that take turns). `run` reports what fails; where one does not end, those behind it are left to `run`.
   */
  runAhead(files: readonly string[]): void
  /** Runs a file and resolves with its exports. Throws what the file throws, or LoadError. */
  run(file: string): Promise<unknown>
  /** Drops files and whatever imports them; says which all these are. */
  forget(files: Iterable<string>): ReadonlySet<string>
  /** Puts the right lines into a stack trace of translated files. */
  locate(stack: string): string
  /** The first file of ours that a stack trace names, and the line in it. */
  origin(stack: string): SourceLine | undefined
}

/** The top level of a file did not end within its time, nor would it ever. */
export class LoadTimeoutError extends LoadError {}

/**
 * `modules`: what files get for these names, wherever they are and whatever is installed beside them. `loadMs`: how long
 * the top level of one may hold up the process. `onTampering` is called for each property of the language's own prototypes
 * that a file changes while it is loaded.
 */
export function createModuleLoader(
  modules: Readonly<Record<string, unknown>>,
  loadMs: number,
  onTampering: (file: string, property: string) => void = () => {},
): ModuleLoader {
  const watch = createPrototypeWatch()
  const sources = new Map<string, Source>()
  const ran = (file: string) => {
    // Looking takes 40 ms of a start with 100 commands that takes 900, all of the processor.
    if (sources.get(file)?.leavesPrototypes) return
    for (const property of watch.changes()) onTampering(file, property)
  }
  const own = { provided: modules, sources, instances: new Map(), running: new Set<string>(), ran }
  const cache: LoaderCache = { ...own, failed: new Map(), loadMs }
  return {
    prepare(files) {
      watch.reset() // what commands did while they ran is no file's doing
      return prepare(files, cache)
    },
    runAhead: (files) => runAhead(files, cache),
    async run(file) {
      await prepare([file], cache)
      if (awaits(file, cache)) return await runAsyncModule(file, cache)
      try {
        return runOnce(file, cache)
      } catch (error) {
        // A package that waits at its top level: only import() takes it.
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
  /** What was thrown by those that ran ahead. */
  readonly failed: Map<string, unknown>
  readonly loadMs: number
}

async function prepare(files: readonly string[], cache: ModuleCache): Promise<void> {
  const { sources } = cache
  const due = [...new Set(files)].filter((file) => !sources.has(file))
  // Not all at once: each is an open file.
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
    // It had most of the time, so it would take all of it again.
    if (performance.now() - since > cache.loadMs / 2)
      cache.failed.set(current, new LoadTimeoutError(error.message, current))
  }
}

/** What became of it when it was run ahead, or does now. */
function runOnce(file: string, cache: LoaderCache): unknown {
  const { failed, instances } = cache
  if (!failed.has(file)) return instances.get(file)?.exports ?? runInTime(file, () => runModule(file, cache), cache)
  const error = failed.get(file)
  failed.delete(file)
  throw error
}

/** Interrupts a file whose top level loops forever: while it does, no timer fires and no signal is handled. */
function runInTime(file: string, run: () => unknown, { instances, running, loadMs }: LoaderCache): unknown {
  watched.run = run
  try {
    return runInContext('run()', watched, { timeout: loadMs, displayErrors: false })
  } catch (error) {
    if (codeOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    for (const one of running) instances.delete(one) // they got no chance to say that they did not end
    running.clear()
    throw new LoadTimeoutError(`it was not loaded within ${loadMs / 1_000} seconds: its top level does not end`, file)
  } finally {
    delete watched.run
  }
}

const watched: { run?: () => unknown } = createContext({})

/** True where the file or what it imports waits at its top level, which CommonJS cannot. */
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
