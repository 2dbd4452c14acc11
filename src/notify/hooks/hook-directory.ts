import { resolve } from 'node:path'
import { createBrokenFileLog } from '../../loader/broken-file-log.js'
import { createLoadLog } from '../../loader/load-log.js'
import { type BrokenFile, createLoadedFiles } from '../../loader/reloadable-files.js'
import type { Hook } from '../../model/hook.js'
import type { Logger } from '../../model/logger.js'
import { displayPath } from '../../shared/display-path.js'
import { createSerialQueue } from '../../shared/serial-queue.js'
import { findHookFiles, hookNameOf } from './find-hook-files.js'
import { validateHook } from './validate-hook.js'

/** A loaded hook with its name. */
export interface LoadedHook {
  /** Its path below `/hooks/`, in lower case. */
  readonly name: string
  readonly hook: Hook
  readonly file: string
  /** Maps a stack trace to the file's own lines. */
  readonly locate: (stack: string) => string
}

/** The result of loading hooks. */
export interface HookReport {
  readonly hooks: number
  readonly broken: readonly BrokenFile[]
}

/** The hook files of one directory. */
export interface HookDirectory {
  /** Loads all files. Throws ConfigError if the directory is unreadable, or was configured but is missing. */
  load(): Promise<HookReport>
  /** Reloads changed files, their importers and new files, or everything if nothing is named. A broken file keeps its last good version. */
  reload(files?: readonly string[]): Promise<HookReport>
  /** The hook of an address, in any case. */
  find(name: string): LoadedHook | undefined
  /** All loaded hooks by name. */
  list(): readonly LoadedHook[]
  /** The file that caused an uncaught error; undefined if none of them did. */
  blame(error: unknown): BrokenFile | undefined
}

interface HookDirectoryDeps {
  /** HOOKS_DIR; undefined: `./hooks`, if it exists. */
  readonly dir: string | undefined
  /** Modules that hook files can import, such as `slashroom`. */
  readonly modules: Readonly<Record<string, unknown>>
  /** The environment with the secrets for hooks. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** How long one file may take to load. */
  readonly loadMs?: number
}

/** Creates the directory; its hooks are available after `load`. */
export function createHookDirectory(deps: HookDirectoryDeps): HookDirectory {
  const { dir, modules, env, log, loadMs = 10_000 } = deps
  const loaded = createLoadedFiles<LoadedHook>({
    modules,
    log,
    loadMs,
    read: (file, exported, locate) => ({ name: hookNameOf(file), hook: validateHook(exported, env), file, locate }),
  })
  const logBroken = createBrokenFileLog(log)
  const logLoad = createLoadLog(log, 'hooks loaded')
  const inTurn = createSerialQueue()
  let hooks: ReadonlyMap<string, LoadedHook> = new Map()

  async function refresh(changed: readonly string[] | undefined): Promise<HookReport> {
    const files = await findHookFiles(dir ?? './hooks', dir !== undefined)
    await loaded.refresh(files, changed)
    const broken = [...loaded.broken()]
    hooks = byName(
      files.flatMap((file) => loaded.get(file) ?? []),
      broken,
    )
    logBroken(broken, new Set(changed?.map((file) => resolve(file))))
    if (files.length > 0) logLoad({ hooks: hooks.size, broken: broken.length }, changed)
    return { hooks: hooks.size, broken }
  }

  return {
    load: () => inTurn(() => refresh(undefined)),
    reload: (files) => inTurn(() => refresh(files)),
    find: (name) => hooks.get(name.toLowerCase()),
    list: () => [...hooks.values()],
    blame: loaded.blame,
  }
}

/** Leaves out hooks whose name is taken. */
function byName(loaded: readonly LoadedHook[], broken: BrokenFile[]): ReadonlyMap<string, LoadedHook> {
  const hooks = new Map<string, LoadedHook>()
  for (const one of loaded) {
    const other = hooks.get(one.name)
    if (!other) hooks.set(one.name, one)
    else {
      const message = `${displayPath(one.file)}: /hooks/${one.name} is already ${displayPath(other.file)}`
      broken.push({ file: one.file, message, serves: false })
    }
  }
  return hooks
}
