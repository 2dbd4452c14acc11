import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { ConfigError } from '../model/errors.js'
import type { Log } from '../model/log.js'
import { type Entry, toEntry } from './entry.js'
import { createHelp } from './help.js'
import { createLoader, LoadError } from './load.js'
import { createRegistry, type Registry } from './registry.js'
import { toCommand } from './shape.js'

/** A command file that does not serve, or not as it stands now. */
export interface BrokenFile {
  readonly file: string
  /** One line: the file as it is called from here, the line in it where that is known, and the reason. */
  readonly message: string
  /** True where the last version that loaded still serves. */
  readonly kept: boolean
}

/** How loading went. */
export interface LoadReport {
  readonly commands: number
  readonly broken: readonly BrokenFile[]
}

/** The command files of one directory, and the registry that they are in. */
export interface Commands {
  readonly registry: Registry
  /** Loads all files. Throws ConfigError where there is no such directory. */
  load(): Promise<LoadReport>
  /** Loads what changed, what imports it, and what is new; everything if nothing is named. A broken file's last good version stays. */
  reload(files?: readonly string[]): Promise<LoadReport>
}

interface CommandsParts {
  readonly dir: string
  /** What command files get for these names, such as `slashroom`. */
  readonly modules: Readonly<Record<string, unknown>>
  readonly log: Log
  /** How long one file may take to load. */
  readonly loadMs?: number
}

/** Makes the commands of a directory; they are there after `load`. */
export function createCommands({ dir, modules, log, loadMs = 10_000 }: CommandsParts): Commands {
  const root = resolve(dir)
  const loader = createLoader(modules)
  const registry = createRegistry((own) => [createHelp(own)])
  const good = new Map<string, Entry>()
  const faults = new Map<string, string>()
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time: two saves in a row must not leave the older version in place. */
  function inTurn(step: () => Promise<LoadReport>): Promise<LoadReport> {
    const result = last.then(step)
    last = result.catch(() => undefined)
    return result
  }

  async function refresh(changed: readonly string[] | undefined): Promise<LoadReport> {
    const files = await findFiles(root)
    const present = new Set(files)
    const known = [...good.keys(), ...faults.keys()]
    // What failed is tried again too: perhaps it lacked the file that came now.
    const stale = loader.forget(changed ? [...changed.map((file) => resolve(file)), ...faults.keys()] : known)
    for (const file of known) if (!present.has(file)) drop(file)
    const due = files.filter((file) => !changed || stale.has(file) || (!good.has(file) && !faults.has(file)))
    await loader.prepare(due)
    await Promise.all(due.map((file) => loadOne(file)))
    return publish(files)
  }

  function drop(file: string): void {
    good.delete(file)
    faults.delete(file)
    loader.forget([file])
  }

  async function loadOne(file: string): Promise<void> {
    try {
      const name = nameOf(root, file)
      const command = toCommand(await within(loader.run(file), loadMs, file))
      good.set(file, toEntry(name, command, { file, locate: loader.locate }))
      faults.delete(file)
    } catch (error) {
      faults.set(file, explain(error, file, loader.locate))
    }
  }

  /** Puts what loaded into the registry, and says what did not. */
  function publish(files: readonly string[]): LoadReport {
    const taken = new Map<string, string>()
    const entries: Entry[] = []
    const broken: BrokenFile[] = []
    for (const [file, message] of faults) broken.push({ file, message, kept: good.has(file) })
    // Names before aliases: a file's own name is never lost to another's alias.
    const loaded = files.flatMap((file) => good.get(file) ?? [])
    const served = loaded.filter((entry) => claim(entry, [entry.name], taken, broken))
    for (const entry of served) if (claim(entry, entry.names.slice(1), taken, broken)) entries.push(entry)
    registry.replace(entries)
    for (const { message, kept } of broken) log.error({ kept }, message)
    log.info({ commands: entries.length, broken: broken.length }, 'commands loaded')
    return { commands: entries.length, broken }
  }

  return {
    registry,
    load: () => inTurn(() => refresh(undefined)),
    reload: (files) => inTurn(() => refresh(files)),
  }
}

/** Words that HipChat's own programs keep to themselves: they never reach an add-on. */
const reserved = new Set('topic rename clear join enter part close leave here available back away dnd'.split(' '))

function claim(entry: Entry, names: readonly string[], taken: Map<string, string>, broken: BrokenFile[]): boolean {
  const file = entry.file ?? ''
  const fault = names.map((name) => conflict(name, taken)).find((found) => found !== undefined)
  if (fault !== undefined) {
    broken.push({ file, message: `${shown(file)}: ${fault}`, kept: false })
    return false
  }
  for (const name of names) taken.set(name, file)
  return true
}

function conflict(name: string, taken: ReadonlyMap<string, string>): string | undefined {
  const [first = ''] = name.split(' ')
  if (reserved.has(first)) return `/${first} is one of HipChat's own words, so nobody could call it`
  const other = taken.get(name)
  return other === undefined ? undefined : `/${name} is already ${shown(other)}`
}

const commandFile = /^(?![_.])(?!.*\.d\.[mc]?ts$)(?!.*\.test\.).*\.(?:ts|mts|js|mjs|cjs)$/s

/** All command files below a directory, in the order of their paths. */
async function findFiles(root: string): Promise<readonly string[]> {
  const found: string[] = []
  const seen = new Set<string>()
  async function visit(dir: string): Promise<void> {
    const real = await realpath(dir)
    if (seen.has(real)) return
    seen.add(real)
    for (const item of await readdir(dir, { withFileTypes: true })) {
      const path = join(dir, item.name)
      const kind = item.isSymbolicLink() ? await stat(path).catch(() => item) : item
      if (kind.isDirectory() && !/^[_.]|^node_modules$/.test(item.name)) await visit(path)
      else if (kind.isFile() && commandFile.test(item.name)) found.push(path)
    }
  }
  try {
    await visit(root)
  } catch (error) {
    throw new ConfigError(`COMMANDS_DIR: ${root} is no directory that can be read.`, { cause: error })
  }
  return found.sort()
}

/** `deploy/status.ts` is `deploy status`; `deploy/index.ts` is `deploy`. */
function nameOf(root: string, file: string): string {
  const words = relative(root, file)
    .replace(/\.[^.]+$/, '')
    .toLowerCase()
    .split(sep)
  if (words.at(-1) === 'index') words.pop()
  if (words.length === 0) throw new ConfigError('it has no name: an index file is its folder, and this folder is none')
  const odd = words.find((word) => !/^[\p{L}\p{N}][\p{L}\p{N}_.+-]{0,63}$/u.test(word))
  if (odd !== undefined)
    throw new ConfigError(`nobody can type ${JSON.stringify(odd)} as a command: letters, digits, - and _ only`)
  return words.join(' ')
}

async function within<T>(work: Promise<T>, ms: number, file: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LoadError(`it was not loaded within ${ms / 1000} seconds`, file)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** One line: `commands/deploy/status.ts:3: …`. */
function explain(error: unknown, file: string, locate: (stack: string) => string): string {
  if (error instanceof LoadError) return oneLine(`${at(error.file, error.line)}: ${error.message}`)
  if (error instanceof ConfigError) return oneLine(`${shown(file)}: ${error.message}`)
  const stack = error instanceof Error ? locate(error.stack ?? '') : ''
  const line = stack
    .split('\n')
    .find((frame) => frame.includes(`${file}:`))
    ?.split(`${file}:`)[1]
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return oneLine(`${at(file, line === undefined ? undefined : Number.parseInt(line, 10))}: ${reason}`)
}

function at(file: string, line: number | undefined): string {
  return line === undefined ? shown(file) : `${shown(file)}:${line}`
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

/** The file as it is called from where the bot was started. */
function shown(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? join(dirname(file), basename(file)) : path
}
