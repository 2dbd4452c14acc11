import { crc32, deflateSync } from 'node:zlib'

/** The app's color in the manifest. */
export const accentColor = '#2F6FDE'

/** The app's icons: a white slash on the app's color, and one on a transparent background. */
export function drawIcons(): { readonly color: Buffer; readonly outline: Buffer } {
  const accent = Buffer.from(`${accentColor.slice(1)}ff`, 'hex')
  const white = Buffer.from('ffffffff', 'hex')
  const draw = (size: number, behind: Buffer) =>
    png(size, (x, y) => (isSlash((x + 0.5) / size, (y + 0.5) / size) ? white : behind))
  return { color: draw(192, accent), outline: draw(32, Buffer.alloc(4)) }
}

/** Whether a point of the unit square is on the slash. */
function isSlash(x: number, y: number): boolean {
  return y > 0.18 && y < 0.82 && Math.abs(x - 0.5 + (y - 0.5) * 0.5) < 0.07
}

/** A square image with 8 bits per channel, including alpha. https://www.w3.org/TR/png-3/ */
function png(size: number, colorAt: (x: number, y: number) => Uint8Array): Buffer {
  const rows = Array.from({ length: size }, (_, y) =>
    Buffer.concat([Buffer.alloc(1), ...Array.from({ length: size }, (_, x) => colorAt(x, y))]),
  )
  const header = Buffer.concat([number(size), number(size), Buffer.from([8, 6, 0, 0, 0])])
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  return Buffer.concat([number(data.length), named, number(crc32(named))])
}

function number(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}
