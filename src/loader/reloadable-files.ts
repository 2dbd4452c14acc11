import { resolve } from 'node:path'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { withDeadline } from '../shared/deadline.js'
import { displayPath } from '../shared/display-path.js'
import { messageOf, stackOf } from '../shared/error-details.js'
import { createModuleLoader, LoadTimeoutError, type ModuleLoader } from './module-loader.js'
import { LoadError } from './transpile.js'

/** A file that does not load, or not in its current version. */
export interface BrokenFile {
  readonly file: string
  /** One line: the path relative to the working directory, the line if known, and the reason. */
  readonly message: string
  /** True if it works nevertheless: in its last good version, or without an alias. */
  readonly serves: boolean
}

/** What a bot's own files provide. Changed files are reloaded; a broken file keeps its last good version. */
export interface LoadedFiles<Value> {
  /** Loads changed files, their importers and new files, or all of them if `changed` is left out. Forgets files not listed. */
  refresh(files: readonly string[], changed: readonly string[] | undefined): Promise<void>
  get(file: string): Value | undefined
  /** Files that failed to load. */
  broken(): readonly BrokenFile[]
  /** The file that caused an uncaught error; undefined if none of them did. */
  blame(error: unknown): BrokenFile | undefined
}

interface LoadedFilesDeps<Value> {
  /** Modules that the files can import, such as `slashroom`. */
  readonly modules: Readonly<Record<string, unknown>>
  readonly log: Logger
  /** How long one file may take to load. */
  readonly loadMs: number
  /** Converts a file's exports to what it provides. Throws ConfigError. */
  readonly read: (file: string, exported: unknown, locate: ModuleLoader['locate']) => Value
}

/** Creates an empty set; `refresh` fills it. Calls of `refresh` must not overlap. */
export function createLoadedFiles<Value>(deps: LoadedFilesDeps<Value>): LoadedFiles<Value> {
  const { modules, log, loadMs, read } = deps
  const loader = createModuleLoader(modules, loadMs, tellOfTampering)
  const good = new Map<string, Value>()
  const faults = new Map<string, string>()
  const endless = new Set<string>()

  /** Logged when a file exits the process: otherwise the bot would stop without a reason. */
  function tellOfExit(): void {
    const { file, line } = loader.origin(new Error().stack ?? '') ?? {}
    if (file === undefined) return
    log.error({ serves: false }, `${at(file, line)}: it called process.exit() while loading`)
    process.exitCode = 1
  }

  /** A changed prototype affects all code. It is rarely intended, and may come from an import. */
  function tellOfTampering(file: string, property: string): void {
    const facts = { file: displayPath(file), property }
    log.warn(facts, `${facts.file}: it changed ${property}, which all code shares, while loading`)
  }

  function drop(file: string): void {
    good.delete(file)
    faults.delete(file)
    loader.forget([file])
  }

  async function loadOne(file: string): Promise<void> {
    try {
      good.set(file, read(file, await within(loader.run(file), loadMs, file), loader.locate))
      faults.delete(file)
      endless.delete(file)
    } catch (error) {
      if (error instanceof LoadTimeoutError) endless.add(file)
      else endless.delete(file)
      faults.set(file, explain(error, file, loader))
    }
  }

  return {
    async refresh(files, changed) {
      const present = new Set(files)
      const known = [...good.keys(), ...faults.keys()]
      const named = changed?.map((file) => resolve(file))
      // Failed files are retried too, because a missing import may exist now; not those that timed out, because that costs time.
      const again = [...faults.keys()].filter((file) => !endless.has(file))
      const stale = loader.forget(named ? [...named, ...again] : known)
      for (const file of known) if (!present.has(file)) drop(file)
      const due = files.filter((file) => !changed || stale.has(file) || (!good.has(file) && !faults.has(file)))
      await loader.prepare(due)
      process.on('exit', tellOfExit)
      if (due.length > 1) loader.runAhead(due)
      await Promise.all(due.map((file) => loadOne(file)))
      process.off('exit', tellOfExit)
    },
    get: (file) => good.get(file),
    broken: () => [...faults].map(([file, message]) => ({ file, message, serves: good.has(file) })),
    blame(error) {
      const { file } = loader.origin(stackOf(error)) ?? {}
      return file === undefined ? undefined : { file, message: explain(error, file, loader), serves: good.has(file) }
    },
  }
}

function within<Value>(work: Promise<Value>, ms: number, file: string): Promise<Value> {
  const reason = `it was not loaded within ${ms / 1_000} seconds: its top-level await does not resolve`
  return withDeadline(work, ms, () => new LoadTimeoutError(reason, file))
}

/** One line: `commands/deploy/status.ts:3: …`. */
function explain(error: unknown, file: string, loader: ModuleLoader): string {
  const place = error instanceof LoadError ? error : loader.origin(stackOf(error))
  const own = error instanceof LoadError || error instanceof ConfigError
  const name = own || !(error instanceof Error) ? '' : `${error.name}: `
  const reason = name + asWritten(messageOf(error))
  const [first = ''] = reason.split('\n', 1)
  if (!place || error instanceof ConfigError) return `${displayPath(file)}: ${first}`
  return `${at(place.file, place.line)}: ${first}${place.file === file ? '' : ` (imported by ${displayPath(file)})`}`
}

/** Translated code refers to imports as `(0 , import_slashroom.say)`. */
function asWritten(message: string): string {
  return message.replace(/\(0 , import_\w+\.(\w+)\)/g, '$1')
}

function at(file: string, line: number | undefined): string {
  return line === undefined ? displayPath(file) : `${displayPath(file)}:${line}`
}
