import { join } from 'node:path'
import { ConfigError, UnavailableError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import { coalesced } from '../../shared/coalesce.js'
import { messageOf } from '../../shared/error-details.js'
import type { LmdbEnvironment } from '../../stores/lmdb-environment.js'
import { fileMissing } from '../../stores/missing-file-check.js'
import { createCompaction } from './compaction.js'
import { reportDamage } from './damage.js'
import { createLogReserve } from './emergency-reserve.js'
import type { Frame } from './frames.js'
import { toSegmentOffset } from './position.js'
import { decodeRecord, type LogRecord } from './records.js'
import { restoreIndex } from './restore-index.js'
import { findSnapshot } from './snapshot.js'
import { type Baseline, createLogState, type LogState } from './state.js'
import { openWal } from './wal.js'
import { createWriter, type Writer } from './writer.js'

/** The journal's log and its current state, as seen by one of the processes that write to it. */
export interface SharedLog extends Pick<LogState, 'open' | 'find' | 'findReplayToken'>, Pick<Writer, 'write'> {
  readonly dir: string
  /** The state that is on disk and needs no lines. */
  readonly past: Baseline
  /** Logs damaged parts. */
  reportDamage(): Promise<void>
  /** Reads what others have written so far. */
  catchUp(): void
  /** Removes what is no longer needed, and audit records of calls closed before `end`. */
  compact(end: number): Promise<void>
  /** Resolves when everything is on disk; after that, nothing can be written. */
  end(): Promise<void>
}

/** Opens the log next to the embedded store, which keeps a snapshot of it. Throws ConfigError. */
export function openSharedLog(deps: SharedLogDeps): SharedLog {
  try {
    return open(deps)
  } catch (error) {
    const reason = messageOf(error)
    throw new ConfigError(`STORE_URL: the log in ${deps.embedded.dir} cannot be opened: ${reason}`, { cause: error })
  }
}

function open({ embedded, owner, log, onOrphan, segmentMs, restMs, mostRows }: SharedLogDeps): SharedLog {
  const dir = join(embedded.dir, 'log')
  const snapshot = findSnapshot(embedded, mostRows)
  const state = createLogState(snapshot, snapshot.entries())
  const from = snapshot.position()
  const wal = openWal({ dir, owner, from, onFrame: read, onGap: restart })
  const reserve = createLogReserve(dir)
  const writer = createWriter({ wal, state, owner, reserve, onOrphan })
  const current = () => toSegmentOffset(wal.position()).number
  const compaction = createCompaction({ dir, owner, snapshot, current, rotate: wal.rotate, segmentMs, restMs })

  function read(frame: Frame, position: number): void {
    for (const text of frame.text().split('\n')) {
      try {
        const line = decodeRecord(text)
        const result = state.apply(frame.owner, line, position)
        if (frame.owner === owner && line.kind === 'accept' && result === 'done') onOrphan(line)
      } catch (error) {
        log.error({ err: error, position }, 'a line of the log cannot be read')
      }
    }
  }

  function restart(): number {
    state.restart(snapshot.entries())
    return snapshot.position()
  }

  async function save(): Promise<void> {
    try {
      if (state.unsaved() === 0 && toSegmentOffset(snapshot.position()).number === current()) return
      await snapshot.save(state, wal.position(), wal.sync())
    } catch (error) {
      return log.debug({ err: error }, 'the snapshot of the log could not be saved')
    }
    if (!ending)
      void snapshot.spill().catch((error: unknown) => log.debug({ err: error }, 'the index could not be written'))
  }

  let ending: Promise<void> | undefined
  const saveInTurn = coalesced(save)
  let timer: NodeJS.Timeout | undefined

  /** A process that follows the log saves snapshots regularly, because its state would only grow; an occasional reader does not. */
  function saveRegularly(): void {
    if (!ending) timer ??= setInterval(() => void saveInTurn(), saveMs).unref()
  }

  async function end(): Promise<void> {
    clearInterval(timer)
    unwatch()
    try {
      await writer.end()
      await saveInTurn()
    } finally {
      await snapshot.close()
      wal.close()
      reserve.close()
    }
  }

  wal.catchUp()
  const unwatch = embedded.files.add(wal.findMissing)
  if (!reserve.fill()) log.warn({ dir }, 'the disk is full')

  return {
    dir,
    open: state.open,
    find: state.find,
    findReplayToken: state.findReplayToken,
    past: snapshot,
    reportDamage: () => reportDamage(dir, from, log),
    catchUp: wal.catchUp,
    async write(source, fresh) {
      saveRegularly()
      const { missing } = embedded.files
      if (fresh && missing !== undefined) throw fileMissing(missing)
      if (fresh && state.unsaved() > mostUnsaved) throw new UnavailableError('The store cannot be written.', 5)
      return await writer.write(source, fresh)
    },
    async compact(end) {
      saveRegularly()
      if (snapshot.isIncomplete()) {
        log.warn({ dir: embedded.dir }, 'index files are missing or damaged: rebuilding them from the log')
        await restoreIndex(dir, snapshot)
      }
      await snapshot.sweep()
      await compaction.compact()
      await compaction.expire(end)
    },
    end() {
      ending ??= end()
      return ending
    },
  }
}

interface SharedLogDeps {
  readonly embedded: LmdbEnvironment
  readonly owner: string
  readonly log: Logger
  /** Called for an entry that reached the log although its sender was told it failed; it must still run. */
  onOrphan(line: LogRecord): void
  /** See `createCompaction`. */
  readonly segmentMs?: number
  readonly restMs?: number
  /** See `findSnapshot`. */
  readonly mostRows?: number
}

/** How much may be kept in memory only. A crash costs reading as much. */
const saveMs = 250
const mostUnsaved = 200_000
