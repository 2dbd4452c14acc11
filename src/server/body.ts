import type { IncomingMessage } from 'node:http'
import { HttpError } from '../model/errors.js'

/** Reads the raw bytes of a request, `limit` at most. Throws HttpError 413, or 400 where the sender broke off. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  // It would be waited for without end.
  if (request.readableEnded) throw new Error('The body was read before: mount the bot before what parses bodies.')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        request.pause()
        reject(tooLarge(limit))
      }
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)))
    request.on('error', (error) => reject(new HttpError('The body broke off.', 400, { cause: error })))
    request.on('aborted', () => reject(new HttpError('The body broke off.', 400)))
  })
}

function tooLarge(limit: number): HttpError {
  return new HttpError(`The body is larger than ${limit} bytes.`, 413)
}
