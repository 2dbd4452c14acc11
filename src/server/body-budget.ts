import type { IncomingMessage } from 'node:http'
import { HttpError, UnavailableError } from '../model/errors.js'
import { IntrusiveSet, type Pooled } from '../shared/gc-friendly-collections.js'

/** A limit on the bytes of all request bodies together, because strangers send them before anything is verified. */
export interface BodyBudget {
  /**
   * Reads the raw bytes of a request, at most `limit`; they count until they are released. `bytes` rejects with HttpError
   * 413, with 415 if it is compressed, with 400 if the sender disconnected, and with UnavailableError if the budget is used
   * up and this body is the largest. Throws if the body was read before.
   */
  read(request: IncomingMessage, limit: number): HeldBody
  /** Reserves room for a body that other code reads. Throws UnavailableError if there is none. */
  reserve(bytes: number): HeldBody
  release(held: HeldBody): void
}

/** A body that was already read would be awaited forever. */
function assertUnread(request: IncomingMessage): void {
  if (request.readableEnded) throw new Error('The request body was already read: mount the bot before any body parser.')
}

/** A body that counts against the budget. */
export interface HeldBody {
  readonly bytes: Promise<Buffer>
}

/** Creates a budget of `most` bytes. */
export function createBodyBudget(most = mostBytes): BodyBudget {
  const unfinished = new IntrusiveSet<Held>()
  let total = 0

  function grow(held: Held, by: number): void {
    held.size += by
    total += by
    // Drop the largest, not the latest: otherwise a few large bodies that never end would shut out everybody.
    while (total > most && unfinished.size > 0) {
      const largest = unfinished.list().reduce((one, other) => (other.size > one.size ? other : one))
      release(largest)
      largest.refuse(tooMuch())
    }
  }

  function release(held: Held): void {
    unfinished.delete(held)
    total -= held.size
    held.size = 0
  }

  return {
    read(request, limit) {
      assertUnread(request)
      const held: Held = { size: 0, bytes: nothing, refuse: () => {}, place: undefined }
      unfinished.add(held)
      held.bytes = readBody(request, limit, held, { grow, finish: () => unfinished.delete(held) })
      return held
    },
    reserve(bytes) {
      if (total + bytes > most) throw tooMuch()
      total += bytes
      return { size: bytes, bytes: nothing, refuse: () => {}, place: undefined } satisfies Held
    },
    release: (held) => release(held as Held),
  }
}

/** Sixteen bodies of the largest size, or thousands of the usual one. */
const mostBytes = 16 * 1_048_576
const nothing = Promise.resolve(Buffer.alloc(0))

interface Held extends HeldBody, Pooled {
  size: number
  bytes: Promise<Buffer>
  refuse(error: Error): void
}

function tooMuch(): UnavailableError {
  return new UnavailableError('Too many large requests at once.', 2)
}

function readBody(
  request: IncomingMessage,
  limit: number,
  held: Held,
  { grow, finish }: { grow(held: Held, by: number): void; finish(): void },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') throw new HttpError('Send the body without a Content-Encoding.', 415)
    let chunks: Buffer[] = []
    let size = 0
    held.refuse = (error) => {
      request.pause()
      size = Number.POSITIVE_INFINITY
      chunks = []
      reject(error)
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) return held.refuse(tooLarge(limit))
      chunks.push(chunk)
      grow(held, chunk.length)
    })
    request.on('end', () => {
      finish()
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size))
    })
    request.on('error', (error) => reject(new HttpError('The request body ended early.', 400, { cause: error })))
    request.on('aborted', () => reject(new HttpError('The request body ended early.', 400)))
  })
}

function tooLarge(limit: number): HttpError {
  return new HttpError(`The body is larger than ${limit} bytes.`, 413)
}
