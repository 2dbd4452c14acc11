import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { ConfigError, UnavailableError } from '../model/errors.js'
import { messageOf } from '../shared/error-details.js'
import { createDiskReserve, type DiskReserve } from './disk-space.js'
import { checkLmdbFile } from './lmdb-check.js'
import { diskFull, unwritable } from './write-errors.js'

/** A table of the embedded store: text by bytes, in the order of the bytes. */
export type Table = Database<string, Uint8Array>

/** The files of the embedded store, opened. Several processes on one machine may have them open at once. */
export interface LmdbStore {
  readonly dir: string
  table(name: string): Table
  /**
   * Runs `change` alone among all processes and resolves with what it gives when that is on disk. What is asked for
   * while one commit runs goes into the next together. Throws UnavailableError when the disk is full.
   */
  write<Result>(change: () => Result, bytes: number): Promise<Result>
  /** The same for what ends or follows up something written earlier: it may use the last of the disk. */
  writeReserved<Result>(change: () => Result, bytes: number): Promise<Result>
  close(): Promise<void>
}

/** Opens the embedded store in `dir`, once per process however often it is called. Throws ConfigError. */
export function openLmdb(dir: string): LmdbStore {
  const path = makeDirectory(dir)
  const shared = opened.get(path) ?? { embedded: openFiles(path), users: 0 }
  opened.set(path, shared)
  shared.users++

  let closed = false
  return {
    ...shared.embedded,
    async close() {
      if (closed) return
      closed = true
      if (--shared.users > 0) return
      opened.delete(path)
      await shared.embedded.close()
    },
  }
}

const opened = new Map<string, { readonly embedded: LmdbStore; users: number }>()

function makeDirectory(dir: string): string {
  try {
    makeParents(resolve(dir))
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    return realpathSync(dir)
  } catch (error) {
    throw new ConfigError(`STORE_URL: the directory ${dir} cannot be used: ${messageOf(error)}`, { cause: error })
  }
}

/** One by one: told to make all of them, Node never ends where a file system such as /proc takes none. */
function makeParents(dir: string): void {
  if (existsSync(dir)) return
  makeParents(dirname(dir))
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(dir)) throw error // else another process was quicker
  }
}

function openFiles(dir: string): LmdbStore {
  const path = join(dir, 'data.mdb')
  checkLmdbFile(path)
  const root = openRoot(dir)
  const room = createDiskReserve(path)
  const { write, finish, end } = createWriter(root, room)
  root.transactionSync(() => room.ensure(usedBytes(root), held))
  // A reader that was killed would keep what it was reading from being used again.
  const readerCheck = setInterval(() => root.readerCheck(), 10_000)
  readerCheck.unref()

  return {
    dir,
    table: (name) => root.openDB(name, { encoding: 'string', keyEncoding: 'binary' }),
    write,
    writeReserved: finish,
    async close() {
      clearInterval(readerCheck)
      await end()
      await root.close()
      room.close()
    },
  }
}

function openRoot(dir: string): RootDatabase<string, Uint8Array> {
  try {
    return open({
      path: dir,
      noSubdir: false,
      maxDbs: 16,
      mapSize, // at once: a file that outgrows its map is mapped anew, and stays mapped as it was too
      // Without overlapping sync a commit is on disk when it resolves, and never visible before it is.
      overlappingSync: false,
      eventTurnBatching: false,
    })
  } catch (error) {
    throw new ConfigError(`STORE_URL: the store in ${dir} cannot be opened: ${messageOf(error)}`, { cause: error })
  }
}

/** Addresses, not memory; what is larger is mapped anew. */
const mapSize = 16 * 1024 ** 3

type Write = LmdbStore['write']

/** One transaction at a time; what comes meanwhile shares the next one. */
function createWriter(root: RootDatabase, room: DiskReserve): { write: Write; finish: Write; end(): Promise<void> } {
  let waiting: Change[] = []
  let running: Promise<void> | undefined
  let restUntil = 0
  let closed = false

  function enqueue<Result>(run: () => Result, bytes: number, spared: number): Promise<Result> {
    if (closed) return Promise.reject(new UnavailableError('The store is closed.', 2))
    if (performance.now() < restUntil) return Promise.reject(diskFull())
    return new Promise<Result>((resolve, reject) => {
      const settle = (outcome: Outcome) =>
        'error' in outcome ? reject(outcome.error) : resolve(outcome.value as Result)
      waiting.push({ run, bytes, spared, settle })
      running ??= endOfTurn().then(drain)
    })
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchLimit)
      waiting = waiting.slice(batchLimit)
      await commit(batch)
    }
    running = undefined
  }

  async function commit(batch: readonly Change[]): Promise<void> {
    try {
      const outcomes = await root.transaction(() => runAll(batch))
      for (const [at, change] of batch.entries()) change.settle(outcomes[at] ?? { error: diskFull() })
    } catch (error) {
      restUntil = performance.now() + 1_000
      const failure = unwritable(await causeOf(error))
      for (const change of batch) change.settle({ error: failure })
    }
  }

  function runAll(batch: readonly Change[]): Outcome[] {
    const wanted = batch.reduce((sum, { bytes }) => sum + spaceFor(bytes), held)
    let left = room.ensure(usedBytes(root), wanted)
    return batch.map(({ run, bytes, spared }) => {
      const space = spaceFor(bytes)
      if (left - space < spared) return { error: diskFull() }
      left -= space
      return attempt(run)
    })
  }

  return {
    write: (change, bytes) => enqueue(change, bytes, held / 2),
    finish: (change, bytes) => enqueue(change, bytes, 0),
    async end() {
      closed = true
      await running
    },
  }
}

/** When all that can be done now has been: so that marks which follow one another are one write. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

interface Change {
  readonly run: () => unknown
  readonly bytes: number
  /** Room that must be left after it. */
  readonly spared: number
  settle(outcome: Outcome): void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

const batchLimit = 1_000

/** Held back for ending what was begun when the disk is full. */
const held = 2 * 1024 * 1024

/** A value lies in pages that are not full, and the pages above it are written anew. */
function spaceFor(bytes: number): number {
  return 2 * bytes + 1_024
}

function usedBytes(root: RootDatabase): number {
  const { lastPageNumber, pageSize } = root.getStats() as { lastPageNumber: number; pageSize: number }
  return (lastPageNumber + 1) * pageSize
}

function attempt(run: () => unknown): Outcome {
  try {
    return { value: run() }
  } catch (error) {
    return { error }
  }
}

/** LMDB's reason comes in a promise of its own, which nobody else listens to. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error
  return await Promise.resolve(error.commitError).catch((cause: unknown) => cause)
}
