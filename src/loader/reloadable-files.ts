import { resolve } from 'node:path'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { withDeadline } from '../shared/deadline.js'
import { displayPath } from '../shared/display-path.js'
import { messageOf, stackOf } from '../shared/error-details.js'
import { createModuleLoader, LoadTimeoutError, type ModuleLoader } from './module-loader.js'
import { LoadError } from './transpile.js'

/** A file that does not serve, or not as it stands now. */
export interface BrokenFile {
  readonly file: string
  /** One line: the file as it is called from here, the line in it where that is known, and the reason. */
  readonly message: string
  /** True where it serves all the same: its last good version, or all but an alias. */
  readonly serves: boolean
}

/** What files of a bot's own give, each loaded anew after it changed; a broken file's last good version stays. */
export interface LoadedFiles<Value> {
  /** Loads those that changed, that import what changed, or that are new; all of them if `changed` is left out. Forgets all others. */
  refresh(files: readonly string[], changed: readonly string[] | undefined): Promise<void>
  get(file: string): Value | undefined
  /** Those whose last loading failed. */
  broken(): readonly BrokenFile[]
  /** The file that caused an uncaught error; undefined if none of them did. */
  blame(error: unknown): BrokenFile | undefined
}

interface LoadedFilesDeps<Value> {
  /** What files get for these names, such as `slashroom`. */
  readonly modules: Readonly<Record<string, unknown>>
  readonly log: Logger
  /** How long one file may take to load. */
  readonly loadMs: number
  /** Makes of a file's exports what serves. Throws ConfigError. */
  readonly read: (file: string, exported: unknown, locate: ModuleLoader['locate']) => Value
}

/** Creates an empty set of loaded files; `refresh` fills it, and must not be called again before it has resolved. */
export function createLoadedFiles<Value>(deps: LoadedFilesDeps<Value>): LoadedFiles<Value> {
  const { modules, log, loadMs, read } = deps
  const loader = createModuleLoader(modules, loadMs, tellOfTampering)
  const good = new Map<string, Value>()
  const faults = new Map<string, string>()
  const endless = new Set<string>()

  /** For a file that exits the process: without this, the bot would stop without a reason given. */
  function tellOfExit(): void {
    const { file, line } = loader.origin(new Error().stack ?? '') ?? {}
    if (file === undefined) return
    log.error({ serves: false }, `${at(file, line)}: it ended the process while it was loaded`)
    process.exitCode = 1
  }

  /** What stands there is found on everybody's objects. Hardly an author means that, but what he imports may do it. */
  function tellOfTampering(file: string, property: string): void {
    const facts = { file: displayPath(file), property }
    log.warn(facts, `${facts.file}: it changed ${property}, which all code shares, while it was loaded`)
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
      // What failed is tried again too: perhaps it lacked the file that came now. Not what never ended, for that costs time.
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
  const reason = `it was not loaded within ${ms / 1_000} seconds: what it waits for at its top level does not come`
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

/** What is imported is called otherwise in translated code: `(0 , import_slashroom.say)`. */
function asWritten(message: string): string {
  return message.replace(/\(0 , import_\w+\.(\w+)\)/g, '$1')
}

function at(file: string, line: number | undefined): string {
  return line === undefined ? displayPath(file) : `${displayPath(file)}:${line}`
}
