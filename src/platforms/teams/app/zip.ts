import { crc32 } from 'node:zlib'

/** Packs files into an uncompressed ZIP archive: they are small, and images are already compressed. The output is deterministic. */
export function zip(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [path, bytes] of Object.entries(files)) {
    const name = Buffer.from(path)
    const common = describe(bytes, name)
    const local = Buffer.concat([number(0x04034b50, 4), common, number(0, 2), name, bytes])
    bodies.push(local)
    const rest = [number(0, 2), number(0, 2), number(0, 2), number(0, 2), number(0, 4), number(offset, 4), name]
    directory.push(Buffer.concat([number(0x02014b50, 4), number(20, 2), common, ...rest]))
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const count = number(bodies.length, 2)
  const sizes = [count, count, number(central.length, 4), number(offset, 4), number(0, 2)]
  return Buffer.concat([...bodies, central, number(0x06054b50, 4), number(0, 4), ...sizes])
}

/** The header fields that occur twice. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
function describe(bytes: Uint8Array, name: Buffer): Buffer {
  const [version, utf8, stored] = [number(20, 2), number(0x0800, 2), number(0, 2)]
  const size = number(bytes.length, 4)
  return Buffer.concat([
    version,
    utf8,
    stored,
    firstOf1980,
    number(crc32(bytes), 4),
    size,
    size,
    number(name.length, 2),
  ])
}

/** The format's earliest time, to be independent of the clock. */
const firstOf1980 = Buffer.from([0, 0, 0x21, 0])

function number(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(value, 0, bytes)
  return buffer
}
