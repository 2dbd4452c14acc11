import { UnavailableError } from '../../model/errors.js'
import { isDiskFull } from '../../shared/files.js'
import { diskFull, unwritable } from '../../stores/write-errors.js'
import type { LogReserve } from './emergency-reserve.js'
import { encodeRecord, type LogRecord, type RecordSource } from './records.js'
import type { AppendResult, LogState } from './state.js'
import type { Wal } from './wal.js'

/** Writes one process's records to the log, batched by tick and by sync. */
export interface Writer {
  /**
   * Resolves with the result of the line: if `fresh`, when it is on disk; else when it outlives this process, shortly before
   * it is on disk. Fresh lines are refused while the disk is full; others may use the reserve. Throws UnavailableError.
   */
  write(source: RecordSource, fresh: boolean): Promise<AppendResult>
  /** Accepts no more lines and resolves when the rest is on disk. */
  end(): Promise<void>
}

/** Creates the writer. */
export function createWriter({ wal, state, owner, reserve, onOrphan }: WriterDeps): Writer {
  const orphans: LogRecord[] = []
  let waiting: Asked[] = []
  let turn: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined
  let restUntil = 0
  let closed = false

  function flush(): void {
    clearImmediate(turn)
    turn = undefined
    const asked = waiting
    waiting = []
    const written = put(asked)
    if (written.length > 0) void settle(written)
  }

  async function settle(written: readonly Written[]): Promise<void> {
    for (const { asked, result } of written) if (!asked.fresh) asked.resolve(result)
    const fresh = written.filter(({ asked }) => asked.fresh)
    if (fresh.length === 0) return syncLater(soonMs)
    try {
      await sync()
    } catch (error) {
      // These entries are in the log although their senders were told they failed; they run later.
      const accepted = fresh.filter(({ line, result }) => line.kind === 'accept' && result === 'done')
      orphans.push(...accepted.map(({ line }) => line))
      restUntil = performance.now() + restMs
      syncLater(restMs)
      const reason = unwritable(error)
      for (const { asked } of fresh) asked.reject(reason)
      return
    }
    for (const { asked, result } of fresh) asked.resolve(result)
  }

  async function sync(): Promise<void> {
    clearTimeout(later) // this one covers what the later one was for
    later = undefined
    await wal.sync()
    for (const record of orphans.splice(0)) onOrphan(record)
  }

  /** Nobody waits for it: the next sync covers it. */
  function syncLater(ms: number): void {
    later ??= setTimeout(() => {
      later = undefined
      sync().catch(() => syncLater(restMs))
    }, ms)
  }

  /** Writes what fits and refuses the rest. */
  function put(asked: readonly Asked[]): readonly Written[] {
    const rest = asked.some(({ fresh }) => fresh) && !hasRoom() ? refuseFresh(asked) : asked
    try {
      return writeAll(rest)
    } catch (error) {
      restUntil = performance.now() + restMs
      if (isDiskFull(error)) return putLast(refuseFresh(rest))
      refuse(rest, unwritable(error))
      return []
    }
  }

  /** Uses the reserve. */
  function putLast(asked: readonly Asked[]): readonly Written[] {
    for (;;) {
      try {
        return writeAll(asked, (bytes) => {
          if (!reserve.spend(bytes)) throw diskFull()
        })
      } catch (error) {
        if (isDiskFull(error)) continue
        refuse(asked, unwritable(error))
        return []
      }
    }
  }

  function writeAll(asked: readonly Asked[], prepare?: (bytes: number) => void): readonly Written[] {
    const made = asked.flatMap(makeOne)
    if (made.length === 0) return []
    const lines = made.map(({ line }) => encodeRecord(line)).join('\n')
    prepare?.(Buffer.byteLength(lines))
    const position = wal.write(lines)
    return made.map(({ asked, line }) => ({ asked, line, result: state.apply(owner, line, position) }))
  }

  function hasRoom(): boolean {
    if (performance.now() < restUntil) return false
    if (reserve.fill()) return true
    restUntil = performance.now() + restMs
    return false
  }

  return {
    write(source, fresh) {
      if (closed) return Promise.reject(new UnavailableError('The store is closed.', 2))
      return new Promise((resolve, reject) => {
        waiting.push({ source, fresh, resolve, reject })
        turn ??= setImmediate(flush)
      })
    },
    async end() {
      closed = true
      flush()
      clearTimeout(later)
      await wal.sync()
    },
  }
}

interface WriterDeps {
  readonly wal: Pick<Wal, 'write' | 'sync'>
  readonly state: Pick<LogState, 'apply'>
  readonly owner: string
  readonly reserve: LogReserve
  /** Called for an entry that reached the log although its sender was told it failed. */
  onOrphan(line: LogRecord): void
}

interface Asked {
  readonly source: RecordSource
  readonly fresh: boolean
  resolve(result: AppendResult): void
  reject(error: Error): void
}

interface Written {
  readonly asked: Asked
  readonly line: LogRecord
  readonly result: AppendResult
}

/** A record that cannot be serialized fails alone. */
function makeOne(asked: Asked): readonly { readonly asked: Asked; readonly line: LogRecord }[] {
  try {
    const { source } = asked
    return [{ asked, line: typeof source === 'function' ? source() : source }]
  } catch (error) {
    asked.reject(error as Error)
    return []
  }
}

function refuseFresh(asked: readonly Asked[]): readonly Asked[] {
  for (const { fresh, reject } of asked) if (fresh) reject(diskFull())
  return asked.filter(({ fresh }) => !fresh)
}

function refuse(asked: readonly Asked[], error: Error): void {
  for (const { reject } of asked) reject(error)
}

const soonMs = 5
const restMs = 1_000
