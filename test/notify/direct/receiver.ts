import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** One request as it came in. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly bytes: number
  /** The JSON that it holds. */
  readonly body: Readonly<Record<string, unknown>>
}

/** What a receiver answers. */
export interface Answer {
  readonly status: number
  readonly body?: string | object
  readonly headers?: Readonly<Record<string, string>>
}

/** A server on a free port that keeps what it is sent; `answer` may throw what it answers. */
export async function receive(answer: (request: Received, nth: number) => Answer | 'nothing') {
  const received: Received[] = []
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming)
    received.push(request)
    const given = answerTo(request, received.length, answer)
    if (given === 'nothing') return
    const { status, body = '', headers = {} } = given
    const json = typeof body === 'object'
    response.writeHead(status, { ...(json ? { 'content-type': 'application/json' } : {}), ...headers })
    response.end(json ? JSON.stringify(body) : body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

async function read(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const { method = '', url = '', headers } = incoming
  return { method, path: url, headers, bytes: bytes.length, body: JSON.parse(bytes.toString() || '{}') }
}

function answerTo(request: Received, nth: number, answer: (request: Received, nth: number) => Answer | 'nothing') {
  try {
    return answer(request, nth)
  } catch (refusal) {
    return refusal as Answer // thrown by `refuse` alone
  }
}

/** Throws the answer where the condition does not hold. */
export function require(holds: boolean, refusal: Answer): void {
  if (!holds) throw refusal
}

/** Whether it is a POST of JSON. */
export function isJsonPost({ method, headers }: Received): boolean {
  return method === 'POST' && /^application\/json(;|$)/.test(headers['content-type'] ?? '')
}
