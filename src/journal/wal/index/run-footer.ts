import { crc32 } from 'node:zlib'

/** The end of a run file. */
export interface RunFooter {
  readonly count: number
  readonly recordBytes: number
  readonly filterBytes: number
  readonly filterSum: number
}

export function encodeFooter({ count, recordBytes, filterBytes, filterSum }: RunFooter): Buffer {
  const footer = Buffer.alloc(footerBytes)
  for (const [at, number] of [magic, count, recordBytes, filterBytes, filterSum].entries()) {
    footer.writeUInt32LE(number, 4 * at)
  }
  footer.writeUInt32LE(crc32(footer.subarray(0, -4)), footerBytes - 4)
  return footer
}

/** The footer of a file of this size; undefined if the file was cut short or is something else. */
export function decodeFooter(footer: Buffer, size: number): RunFooter | undefined {
  if (footer.length < footerBytes || footer.readUInt32LE(footerBytes - 4) !== crc32(footer.subarray(0, -4))) return
  const [mark, count = 0, recordBytes = 0, filterBytes = 0, filterSum = 0] = [0, 4, 8, 12, 16].map((at) =>
    footer.readUInt32LE(at),
  )
  const isWhole = mark === magic && size === count * recordBytes + filterBytes + footerBytes
  return isWhole ? { count, recordBytes, filterBytes, filterSum } : undefined
}

export const footerBytes = 24
/** Identifies this version of the format. */
const magic = 0x534c5231
