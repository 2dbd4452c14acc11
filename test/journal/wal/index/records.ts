import { idKey } from '../../../../src/journal/wal/index/id-key.js'

export const recordBytes = 28

/** Records of an index: ids with their times, sorted by their keys. */
export function recordsOf(ids: readonly (readonly [id: string, time: number])[]): Buffer {
  const records = ids.map(([id, time]) => {
    const record = Buffer.alloc(recordBytes)
    idKey(id).copy(record)
    record.writeDoubleBE(time, recordBytes - 8)
    return record
  })
  return Buffer.concat(records.sort(Buffer.compare))
}
