import type { RootDatabase } from 'lmdb'
import { UnavailableError } from '../model/errors.js'
import { killOnExit } from './lmdb-exit.js'
import type { DiskReserve } from './lmdb-preallocation.js'
import { diskFull, unwritable } from './write-errors.js'

/** Writes to an LMDB environment, one transaction at a time; concurrent changes share the next one. */
export interface LmdbWriter {
  /**
   * Runs `change` exclusively across all processes and resolves with its result when it is on disk. Changes made during a
   * commit share the next one. Throws UnavailableError if the disk is full.
   */
  write<Result>(change: () => Result, bytes: number): Promise<Result>
  /** The same for changes that finish earlier ones: they may use the reserve. */
  writeReserved<Result>(change: () => Result, bytes: number): Promise<Result>
  /** Accepts no more changes and resolves when the rest is on disk. */
  end(): Promise<void>
}

/** Creates the writer and its reserve. */
export function createLmdbWriter(root: RootDatabase, reserve: DiskReserve): LmdbWriter {
  let waiting: Change[] = []
  let running: Promise<void> | undefined
  let awaited = false
  let pausedUntil = 0
  let closed = false
  root.transactionSync(() => reserve.ensure(usedBytes(root), reservedBytes))
  const exitNormally = killOnExit(() => awaited)

  function enqueue<Result>(run: () => Result, bytes: number, spare: number): Promise<Result> {
    if (closed) return Promise.reject(new UnavailableError('The store is closed.', 2))
    if (performance.now() < pausedUntil) return Promise.reject(diskFull())
    return new Promise<Result>((resolve, reject) => {
      const settle = (outcome: Outcome) =>
        'error' in outcome ? reject(outcome.error) : resolve(outcome.value as Result)
      waiting.push({ run, bytes, spare, settle })
      running ??= endOfTurn().then(drain)
    })
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchLimit)
      waiting = waiting.slice(batchLimit)
      try {
        awaited = true
        await commit(batch, root, reserve, () => {
          awaited = false
        })
      } catch (error) {
        awaited = false
        pausedUntil = performance.now() + 1_000
        await refuse(batch, error)
      }
    }
    running = undefined
  }

  return {
    write: (change, bytes) => enqueue(change, bytes, reservedBytes / 2),
    writeReserved: (change, bytes) => enqueue(change, bytes, 0),
    async end() {
      closed = true
      await running
      exitNormally()
    },
  }
}

interface Change {
  readonly run: () => unknown
  readonly bytes: number
  /** The space that must be left afterwards. */
  readonly spare: number
  settle(outcome: Outcome): void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

const batchLimit = 1_000

/** Waits for other work of this tick, so that consecutive checkpoints share a write. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

async function commit(
  batch: readonly Change[],
  root: RootDatabase,
  reserve: DiskReserve,
  onMade: () => void,
): Promise<void> {
  const outcomes = await root.transaction(() => {
    try {
      return runAll(batch, root, reserve)
    } finally {
      onMade()
    }
  })
  for (const [at, change] of batch.entries()) change.settle(outcomes[at] ?? { error: diskFull() })
}

async function refuse(batch: readonly Change[], reason: unknown): Promise<void> {
  const error = unwritable(await causeOf(reason))
  for (const change of batch) change.settle({ error })
}

function runAll(batch: readonly Change[], root: RootDatabase, reserve: DiskReserve): Outcome[] {
  const wanted = batch.reduce((sum, { bytes }) => sum + spaceFor(bytes), reservedBytes)
  let left = reserve.ensure(usedBytes(root), wanted)
  return batch.map(({ run, bytes, spare }) => {
    const space = spaceFor(bytes)
    if (left - space < spare) return { error: diskFull() }
    left -= space
    return attempt(run)
  })
}

/** Reserved for finishing calls when the disk is full. */
const reservedBytes = 2 * 1024 * 1024

/** Pages are partly empty, and the pages above a value are rewritten too. */
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

/** LMDB reports the reason in a separate promise that nothing else handles. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error
  return await Promise.resolve(error.commitError).catch((cause: unknown) => cause)
}
