import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { ConfigError } from '../model/errors.js'
import { messageOf } from '../shared/error-details.js'
import { checkLmdbFile } from './lmdb-check.js'
import { createDiskReserve } from './lmdb-preallocation.js'
import { makePrivateFile } from './lmdb-private-file.js'
import { createLmdbWriter, type LmdbWriter } from './lmdb-writer.js'
import { createFileWatch, type FileWatch, fileMissing } from './missing-file-check.js'

/** A table of the embedded store: strings by bytes, in byte order. */
export type Table = Database<string, Uint8Array>

/** The open files of the embedded store. Several processes on one machine may have them open. */
export interface LmdbEnvironment extends Pick<LmdbWriter, 'write' | 'writeReserved'> {
  readonly dir: string
  table(name: string): Table
  /** Checks that the files still exist; while one is missing, nothing new is written. */
  readonly files: FileWatch
  close(): Promise<void>
}

/** Opens the embedded store in `dir`, once per process. Throws ConfigError. */
export function openLmdb(dir: string): LmdbEnvironment {
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

const opened = new Map<string, { readonly embedded: LmdbEnvironment; users: number }>()

function makeDirectory(dir: string): string {
  try {
    makeParents(resolve(dir))
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    return realpathSync(dir)
  } catch (error) {
    throw new ConfigError(`STORE_URL: the directory ${dir} cannot be used: ${messageOf(error)}`, { cause: error })
  }
}

/** Creates one directory at a time: with `recursive`, Node.js never returns on file systems such as /proc. */
function makeParents(dir: string): void {
  if (existsSync(dir)) return
  makeParents(dirname(dir))
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(dir)) throw error // otherwise another process was faster
  }
}

function openFiles(dir: string): LmdbEnvironment {
  const path = join(dir, 'data.mdb')
  const paths = [path, join(dir, 'lock.mdb')]
  checkLmdbFile(path)
  const root = openRoot(dir, paths)
  const reserve = createDiskReserve(path)
  const { end, write, writeReserved } = createLmdbWriter(root, reserve)
  const files = createFileWatch(paths)
  // A killed reader would keep old pages from being reused.
  const readerCheck = setInterval(() => root.readerCheck(), 10_000).unref()

  return {
    dir,
    files,
    table: (name) => root.openDB(name, { encoding: 'string', keyEncoding: 'binary' }),
    async write(change, bytes) {
      if (files.missing !== undefined) throw fileMissing(files.missing)
      return await write(change, bytes)
    },
    writeReserved,
    async close() {
      clearInterval(readerCheck)
      await end()
      await root.close()
      reserve.close()
    },
  }
}

function openRoot(dir: string, paths: readonly string[]): RootDatabase<string, Uint8Array> {
  try {
    for (const path of paths) makePrivateFile(path)
    return open({
      path: dir,
      noSubdir: false,
      maxDbs: 16,
      mapSize, // up front: a file that outgrows its map is mapped again, and the old map remains
      // Without overlapping sync, a commit is on disk when it resolves, and never visible before.
      overlappingSync: false,
      eventTurnBatching: false,
    })
  } catch (error) {
    throw new ConfigError(`STORE_URL: the store in ${dir} cannot be opened: ${messageOf(error)}`, { cause: error })
  }
}

/** Reserves addresses, not memory; a larger file is mapped again. */
const mapSize = 16 * 1024 ** 3
