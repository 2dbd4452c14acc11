import type { IncomingMessage } from 'node:http'
import { HttpError, UnavailableError } from '../model/errors.js'
import { IntrusiveSet, type Pooled } from '../shared/gc-friendly-collections.js'

/** The bytes of bodies that all requests together hold at a time: strangers send them before anything is proven. */
export interface BodyBudget {
  /**
   * Reads the raw bytes of a request, `limit` at most; they count until they are released. `bytes` rejects with HttpError
   * 413, or 400 if the sender disconnected; with UnavailableError where all together are too much and this is the largest.
   * Throws where something before the bot has read the body.
   */
  read(request: IncomingMessage, limit: number): HeldBody
  /** Keeps room for a body that something else reads. Throws UnavailableError where there is none. */
  reserve(bytes: number): HeldBody
  release(held: HeldBody): void
}

/** It would be waited for without end. */
function assertUnread(request: IncomingMessage): void {
  if (request.readableEnded) throw new Error('The body was read before: mount the bot before what parses bodies.')
}

/** What one request holds. */
export interface HeldBody {
  readonly bytes: Promise<Buffer>
}

/** Creates a budget of so many bytes. */
export function createBodyBudget(most = mostBytes): BodyBudget {
  const unfinished = new IntrusiveSet<Held>()
  let total = 0

  function grow(held: Held, by: number): void {
    held.size += by
    total += by
    // The largest gives way and not the latest: else a few large ones that never end would shut out everybody.
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

/** Sixteen of the largest bodies, or thousands of usual ones. */
const mostBytes = 16 * 1_048_576
const nothing = Promise.resolve(Buffer.alloc(0))

interface Held extends HeldBody, Pooled {
  size: number
  bytes: Promise<Buffer>
  refuse(error: Error): void
}

function tooMuch(): UnavailableError {
  return new UnavailableError('Too much is being sent at once.', 2)
}

function readBody(
  request: IncomingMessage,
  limit: number,
  held: Held,
  { grow, finish }: { grow(held: Held, by: number): void; finish(): void },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
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
    request.on('error', (error) => reject(new HttpError('The body broke off.', 400, { cause: error })))
    request.on('aborted', () => reject(new HttpError('The body broke off.', 400)))
  })
}

function tooLarge(limit: number): HttpError {
  return new HttpError(`The body is larger than ${limit} bytes.`, 413)
}
