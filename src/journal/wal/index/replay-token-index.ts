import type { ReplayToken } from '../../../model/replay-protection.js'
import { expiryKey, timeBytes } from '../../../shared/expiry-key.js'
import type { LmdbEnvironment } from '../../../stores/lmdb-environment.js'
import type { SeenToken } from '../state.js'
import { idKey, keyBytes } from './id-key.js'
import { openRunIndex } from './run-index.js'
import { spillRows } from './spill-rows.js'

/** The replay tokens seen. Recent rows are in a table of the embedded store, the rest in files. */
export interface ReplayTokenIndex {
  find(replayToken: ReplayToken): SeenToken | undefined
  /** Within a transaction only. */
  put(key: string, seen: SeenToken): void
  /** Moves excess rows from the table into files. */
  spill(): Promise<void>
  /** Deletes some expired tokens; returns whether there may be more. */
  sweep(): Promise<boolean>
  tidy(): Promise<void>
  isIncomplete(): boolean
  dropLost(): Promise<void>
  close(): void
}

/** Opens the index. */
export function openReplayTokenIndex(embedded: LmdbEnvironment, mostRows?: number): ReplayTokenIndex {
  const table = embedded.table('shown')
  const runs = openRunIndex({ embedded, name: 'tokens', recordBytes, horizon: () => Date.now() - spareMs })

  return {
    find(replayToken) {
      const key = idKey(replayToken.key)
      // Ordered by expiry, so that expired rows are found without a search and new rows are appended.
      const text = table.get(expiryKey(replayToken.until, key))
      return text === undefined ? fromRecord(runs.find(key), replayToken) : fromText(text, replayToken)
    },
    put: (key, { body, until, position }) => void table.put(expiryKey(until, idKey(key)), `${position} ${body}`),
    spill: () => spillRows({ embedded, table, runs, toRecord, mostRows }),
    sweep() {
      return embedded.writeReserved(() => {
        const due = [...table.getKeys({ end: expiryKey(Date.now() - spareMs), limit: sweepLimit })]
        for (const key of due.map((key) => Buffer.from(key))) table.remove(key) // copied, because LMDB reuses its memory
        return due.length === sweepLimit
      }, 65_536)
    },
    tidy: runs.tidy,
    isIncomplete: runs.isIncomplete,
    dropLost: runs.dropLost,
    close: runs.close,
  }
}

function fromText(text: string, { until }: ReplayToken): SeenToken {
  const end = text.indexOf(' ')
  return { body: text.slice(end + 1), until, position: Number(text.slice(0, end)) }
}

/** Key, position, a hash of the body, time. */
function toRecord(row: Uint8Array, text: string): Buffer {
  const end = text.indexOf(' ')
  const record = Buffer.allocUnsafe(recordBytes)
  record.set(row.subarray(timeBytes))
  record.writeDoubleBE(Number(text.slice(0, end)), keyBytes)
  idKey(text.slice(end + 1)).copy(record, bodyAt)
  record.set(row.subarray(0, timeBytes), recordBytes - timeBytes)
  return record
}

/** For another body there is only a hash, which nobody can present again. */
function fromRecord(record: Buffer | undefined, { body, until }: ReplayToken): SeenToken | undefined {
  if (!record || record.readDoubleBE(recordBytes - timeBytes) !== until) return undefined
  const hash = record.subarray(bodyAt, bodyAt + keyBytes)
  const seen = hash.equals(idKey(body)) ? body : hash.toString('base64url')
  return { body: seen, until, position: record.readDoubleBE(keyBytes) }
}

const bodyAt = keyBytes + 8
const recordBytes = bodyAt + keyBytes + timeBytes
/** A timely request may wait for the store until after its token would expire. */
const spareMs = 60_000
const sweepLimit = 500
