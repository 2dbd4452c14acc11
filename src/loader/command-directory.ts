import { resolve } from 'node:path'
import type { CommandMiddleware } from '../model/command.js'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import type { Registry } from '../registry/registry.js'
import { validateCommand } from '../registry/validate-command.js'
import { withDeadline } from '../shared/deadline.js'
import { displayPath } from '../shared/display-path.js'
import { messageOf, stackOf } from '../shared/error-details.js'
import { createSerialQueue } from '../shared/serial-queue.js'
import { commandNameOf, findCommandFiles } from './find-command-files.js'
import { findUseFile, isUseFile, missingMiddleware, readMiddleware } from './middleware-file.js'
import { createModuleLoader, LoadTimeoutError, type ModuleLoader } from './module-loader.js'
import { LoadError } from './transpile.js'

/** A command file that does not serve, or not as it stands now. */
export interface BrokenFile {
  readonly file: string
  /** One line: the file as it is called from here, the line in it where that is known, and the reason. */
  readonly message: string
  /** True where it serves all the same: its last good version, or all but an alias. */
  readonly serves: boolean
}

/** How loading went. */
export interface LoadReport {
  readonly commands: number
  readonly broken: readonly BrokenFile[]
}

/** The command files of one directory. */
export interface CommandDirectory {
  /** What every call goes through now, the first outermost: what the bot was given, then what `_use.ts` exports. */
  readonly middleware: { readonly current: readonly CommandMiddleware[] }
  /** Loads all files. Throws ConfigError where there is no such directory. */
  load(): Promise<LoadReport>
  /** Loads what changed, what imports it, and what is new; everything if nothing is named. A broken file's last good version stays. */
  reload(files?: readonly string[]): Promise<LoadReport>
  /** The file that caused an uncaught error; undefined if none of them did. */
  blame(error: unknown): BrokenFile | undefined
}

interface CommandDirectoryDeps {
  readonly dir: string
  /** What command files get for these names, such as `slashroom`. */
  readonly modules: Readonly<Record<string, unknown>>
  /** Where the commands go that serve. */
  readonly registry: Registry
  readonly log: Logger
  /** What every call goes through before it comes to what `_use.ts` exports. */
  readonly use?: readonly CommandMiddleware[] | undefined
  /** How long one file may take to load. */
  readonly loadMs?: number
  /** Why a command that is in order must not serve all the same; asked again at each reload. */
  readonly refuse?: (compiled: CompiledCommand) => string | undefined
}

/** Creates the commands of a directory; they are in the registry after `load`. */
export function createCommandDirectory(deps: CommandDirectoryDeps): CommandDirectory {
  const { dir, modules, registry, log, use = [], loadMs = 10_000, refuse = () => undefined } = deps
  const root = resolve(dir)
  const loader = createModuleLoader(modules, loadMs, tellOfTampering)
  const good = new Map<string, CompiledCommand | readonly CommandMiddleware[]>()
  const middleware = { current: use }
  const faults = new Map<string, string>()
  const endless = new Set<string>()
  let told = new Set<string>()
  const inTurn = createSerialQueue() // two saves in a row must not leave the older version in place

  async function refresh(changed: readonly string[] | undefined): Promise<LoadReport> {
    const commandFiles = await findCommandFiles(root)
    const useFile = await findUseFile(root)
    const files = useFile === undefined ? commandFiles : [...commandFiles, useFile]
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
    middleware.current = useFile === undefined ? use : [...use, ...middlewareOf(useFile)]
    return publish(files, new Set(named))
  }

  /** For a command file that exits the process: without this, the bot would stop without a reason given. */
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
      good.set(file, await readFile(file))
      faults.delete(file)
      endless.delete(file)
    } catch (error) {
      if (error instanceof LoadTimeoutError) endless.add(file)
      else endless.delete(file)
      faults.set(file, explain(error, file, loader))
    }
  }

  async function readFile(file: string): Promise<CompiledCommand | readonly CommandMiddleware[]> {
    if (isUseFile(root, file)) return readMiddleware(await within(loader.run(file), loadMs, file))
    const name = commandNameOf(root, file)
    const command = validateCommand(await within(loader.run(file), loadMs, file))
    return compileCommand(name, command, { file, locate: loader.locate })
  }

  function middlewareOf(useFile: string): readonly CommandMiddleware[] {
    const loaded = good.get(useFile)
    return isMiddlewareList(loaded) ? loaded : [missingMiddleware(useFile)]
  }

  /** Puts what loaded into the registry, and says what did not. */
  function publish(files: readonly string[], saved: ReadonlySet<string>): LoadReport {
    const broken: BrokenFile[] = []
    for (const [file, message] of faults) broken.push({ file, message, serves: good.has(file) })
    const loaded = files.map((file) => good.get(file)).filter(isCompiled)
    const compiled = withoutConflicts(withoutRefused(loaded, refuse, broken), broken)
    registry.replace(compiled)
    const news = broken.filter(({ file, message }) => saved.has(file) || !told.has(message))
    for (const { message, serves } of news) log.error({ serves }, message)
    told = new Set(broken.map(({ message }) => message))
    log.info({ commands: compiled.length, broken: broken.length }, 'commands loaded')
    return { commands: compiled.length, broken }
  }

  return {
    middleware,
    load: () => inTurn(() => refresh(undefined)),
    reload: (files) => inTurn(() => refresh(files)),
    blame(error) {
      const { file } = loader.origin(stackOf(error)) ?? {}
      return file === undefined ? undefined : { file, message: explain(error, file, loader), serves: good.has(file) }
    },
  }
}

type Loaded = CompiledCommand | readonly CommandMiddleware[] | undefined

function isMiddlewareList(loaded: Loaded): loaded is readonly CommandMiddleware[] {
  return Array.isArray(loaded)
}

function isCompiled(loaded: Loaded): loaded is CompiledCommand {
  return loaded !== undefined && !isMiddlewareList(loaded)
}

/** Words that HipChat's own programs keep to themselves: they never reach an add-on. */
const reserved = new Set('topic rename clear join enter part close leave here available back away dnd'.split(' '))

function withoutRefused(
  loaded: readonly CompiledCommand[],
  refuse: NonNullable<CommandDirectoryDeps['refuse']>,
  broken: BrokenFile[],
): readonly CompiledCommand[] {
  return loaded.filter((compiled) => {
    const { file = '' } = compiled
    const error = refuse(compiled)
    if (error !== undefined) broken.push({ file, message: `${displayPath(file)}: ${error}`, serves: false })
    return error === undefined
  })
}

/** Leaves out commands whose name is taken, and aliases that are; a name is never lost to another's alias. */
function withoutConflicts(loaded: readonly CompiledCommand[], broken: BrokenFile[]): readonly CompiledCommand[] {
  const taken = new Map<string, string>()
  const claim = (name: string, { file = '' }: CompiledCommand, serves: boolean): boolean => {
    const error = conflict(name, taken)
    if (error === undefined) taken.set(name, file)
    else broken.push({ file, message: `${displayPath(file)}: ${error}`, serves })
    return error === undefined
  }
  const named = loaded.filter((compiled) => claim(compiled.name, compiled, false))
  return named.map((compiled) => {
    const aliases = compiled.names.slice(1).filter((alias) => claim(alias, compiled, true))
    return { ...compiled, names: [compiled.name, ...aliases] }
  })
}

function conflict(name: string, taken: ReadonlyMap<string, string>): string | undefined {
  const [first = ''] = name.split(' ')
  if (reserved.has(first)) return `/${first} is one of HipChat's own words, so nobody could call it`
  const other = taken.get(name)
  return other === undefined ? undefined : `/${name} is already ${displayPath(other)}`
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
