import type { LmdbEnvironment, Table } from '../../../stores/lmdb-environment.js'
import { compareKeys } from './run.js'
import type { RunIndex } from './run-index.js'

/**
 * Moves excess rows of a table into its index, because tables are mapped into memory. For a moment rows are in both, so that
 * lookups always find them.
 */
export async function spillRows(deps: SpillDeps): Promise<void> {
  const { embedded, table, runs, toRecord, mostRows = 8_192, open = 0 } = deps
  while (rowsIn(table) > open + mostRows) {
    // Copied, because keys from LMDB may be in its own memory.
    const keys: Buffer[] = []
    const records: Buffer[] = []
    for (const { key, value } of table.getRange({ limit: open + mostRows })) {
      const record = toRecord(key, value)
      if (!record) continue
      keys.push(Buffer.from(key))
      records.push(record)
    }
    const [first] = keys
    if (!first || keys.length < mostRows / 4) return
    records.sort((one, other) => compareKeys(one, 0, other, 0))
    if (!(await runs.add(Buffer.concat(records), () => table.get(first) !== undefined))) return // another process was faster
    for (let at = 0; at < keys.length; at += rowsAtOnce) {
      await embedded.writeReserved(() => {
        for (const key of keys.slice(at, at + rowsAtOnce)) table.remove(key)
      }, 0)
    }
    await runs.tidy()
  }
}

interface SpillDeps {
  readonly embedded: LmdbEnvironment
  readonly table: Table
  readonly runs: RunIndex
  /** Undefined for a row that must stay. */
  toRecord(key: Uint8Array, text: string): Buffer | undefined
  /** The expected number of rows that must stay. */
  readonly open?: number
  /** How many other rows the table may have. */
  readonly mostRows?: number | undefined
}

function rowsIn(table: Table): number {
  return (table.getStats() as { readonly entryCount: number }).entryCount
}

const rowsAtOnce = 1_024
