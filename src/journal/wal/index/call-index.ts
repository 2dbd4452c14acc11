import type { LmdbEnvironment } from '../../../stores/lmdb-environment.js'
import type { EntryPositions } from '../state.js'
import { idKey, keyBytes } from './id-key.js'
import { openRunIndex } from './run-index.js'
import { spillRows } from './spill-rows.js'

/** Where in the log each call was accepted and closed. Recent rows are in a table of the embedded store, the rest in files. */
export interface CallIndex {
  find(id: string): EntryPositions | undefined
  /** Within a transaction only. */
  put(id: string, positions: EntryPositions): void
  /** Removes calls closed before a position. */
  forget(position: number): Promise<void>
  /** Moves excess rows from the table into files; rows of `open` calls stay. */
  spill(open: number): Promise<void>
  /** Removes what has expired. */
  tidy(): Promise<void>
  isIncomplete(): boolean
  dropLost(): Promise<void>
  close(): void
}

/** Opens the index. */
export function openCallIndex(embedded: LmdbEnvironment, mostRows?: number): CallIndex {
  const table = embedded.table('calls')
  const marks = embedded.table('marks')
  const horizon = () => Number(marks.get(forgottenKey) ?? 0)
  const runs = openRunIndex({ embedded, name: 'calls', recordBytes, horizon })

  return {
    find(id) {
      const key = idKey(id)
      const text = table.get(key)
      if (text === undefined) return fromRecord(runs.find(key))
      const positions = fromText(text)
      return positions.closed !== undefined && positions.closed < horizon() ? undefined : positions
    },
    put: (id, positions) => void table.put(idKey(id), toText(positions)),
    async forget(position) {
      await embedded.writeReserved(() => {
        if (position > horizon()) marks.put(forgottenKey, String(position))
      }, 64)
    },
    spill: (open) => spillRows({ embedded, table, runs, toRecord, open, mostRows }),
    tidy: runs.tidy,
    isIncomplete: runs.isIncomplete,
    dropLost: runs.dropLost,
    close: runs.close,
  }
}

function toText({ accepted, closed }: EntryPositions): string {
  return closed === undefined ? String(accepted) : `${accepted}+${closed - accepted}`
}

function fromText(text: string): EntryPositions {
  const [accepted = '', length] = text.split('+')
  return { accepted: Number(accepted), closed: length === undefined ? undefined : Number(accepted) + Number(length) }
}

/** Undefined for an open call, because its end is not known yet. */
function toRecord(key: Uint8Array, text: string): Buffer | undefined {
  const { accepted, closed } = fromText(text)
  if (closed === undefined) return undefined
  const record = Buffer.allocUnsafe(recordBytes)
  record.set(key)
  record.writeDoubleBE(accepted, keyBytes)
  record.writeDoubleBE(closed, keyBytes + 8)
  return record
}

function fromRecord(record: Buffer | undefined): EntryPositions | undefined {
  return record && { accepted: record.readDoubleBE(keyBytes), closed: record.readDoubleBE(keyBytes + 8) }
}

const recordBytes = keyBytes + 16
const forgottenKey = Buffer.from('forgotten')
