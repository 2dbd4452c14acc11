import { isUtf8 } from 'node:buffer'

/** Creates a function that takes bytes as they arrive and passes on whole lines. A line that is too long is dropped. */
export function createLineReader(onLine: (line: string) => void, maxBytes = 16_384): (chunk: Buffer) => void {
  let kept: Buffer[] = []
  let size = 0
  let isTooLong = false

  function keep(part: Buffer): void {
    size += part.length
    isTooLong ||= size > maxBytes
    if (isTooLong) kept = []
    else if (part.length > 0) kept.push(part)
  }

  function endLine(): void {
    const line = decode(Buffer.concat(kept)).replace(/\r+$/, '') // empty if it was too long
    kept = []
    size = 0
    isTooLong = false
    if (line !== '') onLine(line)
  }

  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end))
      endLine()
      from = end + 1
    }
    keep(chunk.subarray(from))
  }
}

/** Old clients send one byte per letter. */
function decode(line: Buffer): string {
  return line.toString(isUtf8(line) ? 'utf8' : 'latin1')
}
