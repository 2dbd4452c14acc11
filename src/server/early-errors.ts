import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { problemBody } from './errors.js'
import { closeWithAnswer } from './lingering-close.js'

/** Answers requests that Node.js refuses before they reach the application, like every other error. */
export function answerEarlyErrors(server: Server): void {
  server.on('clientError', refuseMalformed)
  server.on('connect', (_request, socket: Duplex) => refuseTunnel(socket))
  server.on('checkExpectation', refuseExpectation)
}

function refuseTunnel(socket: Duplex): void {
  socket.on('error', () => socket.destroy()) // Node.js no longer listens, and the client may be gone
  answer(socket, 501)
}

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // The client would read it as part of the response in progress.
  const quiet = !socket.writable || socket.writableLength > 0 || error.code === 'ECONNRESET'
  if (quiet) socket.destroy()
  else answer(socket, statusOf[error.code ?? ''] ?? 400)
}

/** What Node.js answers without a listener. */
const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Writes an answer where there is no `ServerResponse`. */
function answer(socket: Duplex, status: number): void {
  const body = problemBody(status)
  const head = `Content-Type: application/problem+json\r\nContent-Length: ${body.length}\r\nConnection: close`
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`, () => socket.destroy())
}

function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  closeWithAnswer(request, response) // a client that waits for another answer may not send its body
  response.statusCode = 417
  response.setHeader('Content-Type', 'application/problem+json').end(problemBody(417))
}
