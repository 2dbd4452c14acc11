/** One part of a multipart body. */
export interface Part {
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Splits a multipart body at the boundary in its content type; empty if there is none. */
export function readParts(body: Buffer, contentType: string): readonly Part[] {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (!boundary) return []
  const parts: Part[] = []
  const mark = Buffer.from(`--${boundary}`)
  let start = body.indexOf(mark)
  for (let end = next(); end >= 0; end = next()) {
    parts.push(toPart(body.subarray(start + mark.length, end)))
    start = end
  }
  return parts

  function next(): number {
    return start < 0 ? -1 : body.indexOf(mark, start + mark.length)
  }
}

/** Some clients end lines with LF only. */
function toPart(bytes: Buffer): Part {
  const text = bytes.toString('latin1')
  const [before = '', gap = ''] = /^[\s\S]*?(\r?\n\r?\n)/.exec(text) ?? []
  const headers = before.slice(0, before.length - gap.length).split(/\r?\n/)
  const after = /\r?\n$/.exec(text)?.[0].length ?? 0
  return {
    headers: Object.fromEntries(headers.flatMap(toHeader)),
    body: bytes.subarray(before.length, Math.max(before.length, bytes.length - after)),
  }
}

function toHeader(line: string): readonly (readonly [string, string])[] {
  const colon = line.indexOf(':')
  return colon < 0 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]]
}
