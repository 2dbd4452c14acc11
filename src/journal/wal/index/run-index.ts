import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { coalesced } from '../../../shared/coalesce.js'
import type { LmdbEnvironment } from '../../../stores/lmdb-environment.js'
import { mergeRuns } from './merge-runs.js'
import { openRun, type Run, timeOf } from './run.js'
import { createRunWriter, type RunSummary, type RunWriter } from './run-writer.js'

/**
 * An index that keeps only a filter of ten bits per key in memory. The records are in immutable files, fewer the longer
 * they are, and the embedded store has the list of files. A file counts once it is listed, which happens when it is
 * complete and on disk, so a crash leaves no half-written file in use.
 */
export interface RunIndex {
  /** The record of a key; undefined if there is none or it has expired. */
  find(key: Buffer): Buffer | undefined
  /**
   * Adds records, sorted by key, if `isWanted` is still true when they are on disk; `isWanted` runs in a transaction. Resolves
   * with whether they were added.
   */
  add(records: Buffer, isWanted: () => boolean): Promise<boolean>
  /** Merges runs and removes expired records. */
  tidy(): Promise<void>
  /** Whether listed files are missing or damaged. */
  isIncomplete(): boolean
  /** Removes missing or damaged files from the list. */
  dropLost(): Promise<void>
  close(): void
}

/** Opens an index of the embedded store. */
export function openRunIndex({ embedded, name, recordBytes, horizon }: RunIndexDeps): RunIndex {
  const dir = join(embedded.dir, 'index')
  const marks = embedded.table('marks')
  const listKey = Buffer.from(`runs of ${name}`)
  /** A short version, so that each lookup can check cheaply whether the list has changed. */
  const versionKey = Buffer.from(`version of ${name}`)
  const stopped = new AbortController()
  const merging = new Set<string>()
  /** When this process's files were taken off the list. */
  const unlisted = new Map<string, number>()
  let open = new Map<string, Run>()
  let listed: readonly ListedRun[] = []
  let seen: string | undefined

  const pathOf = (id: string) => join(dir, id)
  const readList = () => JSON.parse(marks.get(listKey) ?? '[]') as readonly ListedRun[]
  const isOver = (time: number) => time < horizon()

  /** Opens the files that were listed since. */
  function refresh(): void {
    if (stopped.signal.aborted) return
    const version = marks.get(versionKey)
    if (version === seen) return
    listed = readList()
    const before = open
    open = new Map()
    for (const { id } of listed) {
      const run = before.get(id) ?? openRun(pathOf(id), recordBytes)
      if (run) open.set(id, run)
    }
    for (const [id, run] of before) if (!open.has(id) && !merging.has(id)) run.close()
    seen = open.size === listed.length ? version : 'unknown' // a file that was just merged may be missing: read the list again
  }

  async function write(capacity: number, fill: (writer: RunWriter) => void | Promise<void>): Promise<ListedRun> {
    stopped.signal.throwIfAborted()
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const id = `${name}-${randomBytes(8).toString('hex')}`
    const writer = createRunWriter(pathOf(id), recordBytes, capacity)
    try {
      await fill(writer)
      return { id, ...(await writer.finish()) }
    } catch (error) {
      await writer.discard()
      throw error
    }
  }

  async function relist(change: (runs: readonly ListedRun[]) => readonly ListedRun[]): Promise<void> {
    const before = listed
    await embedded.writeReserved(() => {
      marks.put(listKey, JSON.stringify(change(readList())))
      marks.put(versionKey, randomBytes(6).toString('base64url'))
    }, 4_096)
    refresh()
    for (const { id } of before) if (!open.has(id)) unlisted.set(id, Date.now())
  }

  /** Deletes merged and expired files, and those that a process left when it died before listing them. */
  function removeUnlisted(): void {
    if (!existsSync(dir)) return
    const counts = new Set(listed.map(({ id }) => id))
    for (const id of readdirSync(dir).filter((id) => id.startsWith(`${name}-`) && !counts.has(id))) {
      const path = pathOf(id)
      const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {}
      const since = unlisted.get(id)
      if (since === undefined ? mtimeMs > Date.now() - leftoverMs : since > Date.now() - restMs) continue
      rmSync(path, { force: true })
      unlisted.delete(id)
    }
  }

  /** Merges consecutive runs, unless another process does so first. */
  async function merge(some: readonly ListedRun[]): Promise<void> {
    const runs = some.flatMap(({ id }) => open.get(id) ?? [])
    const end = horizon()
    const options = { recordBytes, isOver: (time: number) => time < end, signal: stopped.signal }
    for (const { id } of some) merging.add(id)
    try {
      const merged = await write(sum(some), (writer) => mergeRuns(runs, writer, options))
      await relist((runs) => replaceRuns(runs, some, merged))
      if (!open.has(merged.id)) unlisted.set(merged.id, 0)
    } finally {
      merging.clear()
      for (const [n, { id }] of some.entries()) if (!open.has(id)) runs[n]?.close()
    }
  }

  refresh()

  return {
    find(key) {
      refresh()
      for (const { id } of listed.toReversed()) {
        const record = open.get(id)?.find(key)
        if (record) return isOver(timeOf(record, 0, recordBytes)) ? undefined : record
      }
      return undefined
    },
    async add(records, isWanted) {
      const run = await write(records.length / recordBytes, (writer) => writer.append(records))
      await relist((runs) => (isWanted() ? [...runs, run] : runs))
      if (!open.has(run.id)) unlisted.set(run.id, 0)
      return open.has(run.id)
    },
    tidy: coalesced(async () => {
      refresh()
      const over = listed.filter(({ latest }) => isOver(latest))
      if (over.length > 0) await relist((runs) => runs.filter(({ latest }) => !isOver(latest)))
      const some = runsToMerge(listed)
      if (some.length > 1 && some.every(({ id }) => open.has(id))) await merge(some)
      removeUnlisted()
    }),
    isIncomplete() {
      refresh()
      return listed.some(({ id }) => !open.has(id))
    },
    async dropLost() {
      const lost = listed.filter(({ id }) => !open.has(id))
      await relist((runs) => runs.filter(({ id }) => !lost.some((one) => one.id === id)))
    },
    close() {
      stopped.abort()
      for (const run of open.values()) run.close()
      open = new Map()
      listed = []
    },
  }
}

interface RunIndexDeps {
  readonly embedded: LmdbEnvironment
  readonly name: string
  /** The size of a record: it starts with a 12-byte key and ends with its time, a double. */
  readonly recordBytes: number
  /** Records with an earlier time have expired. */
  horizon(): number
}

/** A run in the list. */
interface ListedRun extends RunSummary {
  readonly id: string
}

/** The latest runs, back to one that is at least twice as long as all after it, so that records are rarely rewritten. */
export function runsToMerge<Run extends { readonly count: number }>(runs: readonly Run[]): readonly Run[] {
  let from = runs.length - 1
  while (from > 0 && (runs[from - 1]?.count ?? 0) < 2 * sum(runs.slice(from))) from--
  return runs.slice(Math.max(from, 0))
}

/** Replaces some runs with one; does nothing if they have changed meanwhile. */
function replaceRuns(runs: readonly ListedRun[], some: readonly ListedRun[], merged: ListedRun): readonly ListedRun[] {
  const from = runs.findIndex(({ id }) => id === some[0]?.id)
  const there = some.every(({ id }, n) => runs[from + n]?.id === id)
  if (from < 0 || !there) return runs
  return [...runs.slice(0, from), ...(merged.count > 0 ? [merged] : []), ...runs.slice(from + some.length)]
}

function sum(runs: readonly { readonly count: number }[]): number {
  return runs.reduce((total, { count }) => total + count, 0)
}

/** How long other processes may still be opening an unlisted file, and how long an unlisted file may be in progress. */
const [restMs, leftoverMs] = [60_000, 600_000]
