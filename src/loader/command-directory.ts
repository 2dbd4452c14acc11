import { resolve } from 'node:path'
import type { CommandMiddleware } from '../model/command.js'
import type { Logger } from '../model/logger.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import type { Registry } from '../registry/registry.js'
import { validateCommand } from '../registry/validate-command.js'
import { displayPath } from '../shared/display-path.js'
import { createSerialQueue } from '../shared/serial-queue.js'
import { createBrokenFileLog } from './broken-file-log.js'
import { commandNameOf, findCommandFiles } from './find-command-files.js'
import { createLoadLog } from './load-log.js'
import type { LoadReport } from './load-report.js'
import { findUseFile, isUseFile, missingMiddleware, readMiddleware } from './middleware-file.js'
import { type BrokenFile, createLoadedFiles, type LoadedFiles } from './reloadable-files.js'

/** The command files of one directory. */
export interface CommandDirectory {
  /** The current middleware, outermost first: the bot's own, then what `_use.ts` exports. */
  readonly middleware: { readonly current: readonly CommandMiddleware[] }
  /** Loads all files. Throws ConfigError if the directory does not exist. */
  load(): Promise<LoadReport>
  /** Reloads changed files, their importers and new files, or everything if nothing is named. A broken file keeps its last good version. */
  reload(files?: readonly string[]): Promise<LoadReport>
  /** The file that caused an uncaught error; undefined if none of them did. */
  blame(error: unknown): BrokenFile | undefined
}

interface CommandDirectoryDeps {
  readonly dir: string
  /** Modules that command files can import, such as `slashroom`. */
  readonly modules: Readonly<Record<string, unknown>>
  /** The registry to put the commands into. */
  readonly registry: Registry
  readonly log: Logger
  /** Middleware that runs before what `_use.ts` exports. */
  readonly use?: readonly CommandMiddleware[] | undefined
  /** How long one file may take to load. */
  readonly loadMs?: number
  /** Why a valid command must not be served; asked again at each reload. */
  readonly refuse?: (compiled: CompiledCommand) => string | undefined
}

/** Creates the directory; its commands are in the registry after `load`. */
export function createCommandDirectory(deps: CommandDirectoryDeps): CommandDirectory {
  const { dir, modules, registry, log, use = [], loadMs = 10_000, refuse = () => undefined } = deps
  const root = resolve(dir)
  const loaded = createLoadedFiles<Loaded>({
    modules,
    log,
    loadMs,
    read(file, exported, locate) {
      if (isUseFile(root, file)) return readMiddleware(exported)
      return compileCommand(commandNameOf(root, file), validateCommand(exported), { file, locate })
    },
  })
  const middleware = { current: use }
  const logBroken = createBrokenFileLog(log)
  const logLoad = createLoadLog(log, 'commands loaded')
  const inTurn = createSerialQueue() // so that two quick saves never leave the older version in place

  async function refresh(changed: readonly string[] | undefined): Promise<LoadReport> {
    const commandFiles = await findCommandFiles(root)
    const useFile = await findUseFile(root)
    const files = useFile === undefined ? commandFiles : [...commandFiles, useFile]
    await loaded.refresh(files, changed)
    middleware.current = useFile === undefined ? use : [...use, ...middlewareOf(useFile, loaded)]
    const report = publish(files, new Set(changed?.map((file) => resolve(file))))
    logLoad({ commands: report.commands, broken: report.broken.length }, changed)
    return report
  }

  /** Puts the loaded commands into the registry and reports the rest. */
  function publish(files: readonly string[], saved: ReadonlySet<string>): LoadReport {
    const broken: BrokenFile[] = [...loaded.broken()]
    const good = files.map((file) => loaded.get(file)).filter(isCompiled)
    const compiled = withoutConflicts(withoutRefused(good, refuse, broken), broken)
    registry.replace(compiled)
    logBroken(broken, saved)
    return { commands: compiled.length, broken }
  }

  return {
    middleware,
    load: () => inTurn(() => refresh(undefined)),
    reload: (files) => inTurn(() => refresh(files)),
    blame: loaded.blame,
  }
}

type Loaded = CompiledCommand | readonly CommandMiddleware[]

function middlewareOf(useFile: string, files: LoadedFiles<Loaded>): readonly CommandMiddleware[] {
  const loaded = files.get(useFile)
  return isMiddlewareList(loaded) ? loaded : [missingMiddleware(useFile)]
}

function isMiddlewareList(loaded: Loaded | undefined): loaded is readonly CommandMiddleware[] {
  return Array.isArray(loaded)
}

function isCompiled(loaded: Loaded | undefined): loaded is CompiledCommand {
  return loaded !== undefined && !isMiddlewareList(loaded)
}

/** Words that HipChat's own clients handle: they never reach an add-on. */
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

/** Leaves out commands and aliases whose name is taken; a name always wins over another command's alias. */
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
