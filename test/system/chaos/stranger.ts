import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

/** A connection that sends a large body, and never its last byte. */
export interface Stranger {
  /** The status it was answered with; undefined while it is not. */
  status(): number | undefined
  close(): void
}

/** Connects, and sends all but the last of `bytes` bytes to a webhook. */
export function sendEndlessly(port: number, path: string, headers: readonly string[], bytes: number): Stranger {
  let answer = ''
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', () => undefined)
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', ...headers, `Content-Length: ${bytes}`]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.write(Buffer.alloc(bytes - 1, 'x'))
  return {
    status: () => (answer === '' ? undefined : Number(answer.slice(9, 12))),
    close: () => void socket.destroy(),
  }
}

export function closeAll(strangers: readonly Stranger[]): void {
  for (const { close } of strangers) close()
}

/** The resident memory that no file stands for, in MB, of a process and those that it started. */
export function memoryOf(pid: number): number {
  const [, kilobytes = 0] = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + memoryOf(Number(child)), Number(kilobytes) / 1_024)
}
