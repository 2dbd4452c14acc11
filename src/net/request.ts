import { lookup as resolve } from 'node:dns/promises'
import { EventEmitter } from 'node:events'
import { LRUCache } from 'lru-cache'
import { type Dispatcher, Pool } from 'undici'
import { NetworkError, type NetworkFault } from '../model/errors.js'
import type { Log } from '../model/log.js'
import { guardLookup, isPublicAddress, type Lookup, literalAddress, refusedAddress } from './address.js'

/** One call to the outside. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Milliseconds for the whole call. Default 10,000. */
  readonly timeoutMs?: number
  /** Bytes of the answer at most. Default 1 MiB. */
  readonly maxBytes?: number
  /** True: addresses of private networks and of this machine may be called, because the operator named the host. */
  readonly privateAllowed?: boolean
  readonly signal?: AbortSignal
}

/** The whole answer. Redirects are not followed: a 3xx is an answer like any other. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Calls the outside over kept connections, bounded in time and size. Throws NetworkError. */
export type Request = (url: string, options?: RequestOptions) => Promise<Answer>

/** Makes the way to the outside; `close` ends its connections. No proxy setting of the environment is heeded. */
export function createRequest({ lookup = lookupAll, log }: { readonly lookup?: Lookup; readonly log?: Log } = {}): {
  readonly request: Request
  close(): Promise<void>
} {
  // Bounded: whoever can name hosts must not make the bot keep a pool for each. An evicted pool ends what it has begun.
  const pools = new LRUCache<string, Pool>({ max: 256, dispose: (pool) => void pool.close().catch(() => undefined) })
  const guarded = guardLookup(lookup)
  const open = openLookup(lookup)

  async function request(address: string, options: RequestOptions = {}): Promise<Answer> {
    const url = checkUrl(address, options.privateAllowed === true)
    const method = options.method ?? 'GET'
    const where = `${method} ${url.host}` // paths and queries may hold tokens
    const limit = startLimit(options)
    const started = performance.now()
    try {
      const answer = await call(url, method, options, limit.signal)
      log?.debug({ host: url.host, method, status: answer.status, ms: since(started) }, 'called')
      return answer
    } catch (error) {
      const fault = limit.fault() ?? faultOf(error)
      log?.debug({ host: url.host, method, fault, ms: since(started) }, 'call failed')
      throw new NetworkError(`${where}: ${meaning[fault]}`, fault, { cause: error })
    } finally {
      limit.end()
    }
  }

  async function call(url: URL, method: Dispatcher.HttpMethod, options: RequestOptions, signal: EventEmitter) {
    const { statusCode, headers, body } = await poolOf(url, options.privateAllowed === true).request({
      path: url.pathname + url.search,
      method,
      headers: { 'user-agent': 'slashroom', ...options.headers },
      body: options.body ?? null,
      signal,
    })
    return { status: statusCode, headers: flatten(headers), body: await readAll(body, options.maxBytes ?? 1_048_576) }
  }

  /** A connection that was opened unguarded is never handed to a guarded call: they have pools of their own. */
  function poolOf(url: URL, privateAllowed: boolean): Pool {
    const key = `${privateAllowed ? 'open' : 'guarded'} ${url.origin}`
    const known = pools.get(key)
    if (known) return known
    const pool = new Pool(url.origin, {
      connections: 8, // more calls than that wait in line
      pipelining: 1,
      connect: { lookup: privateAllowed ? open : guarded, timeout: 5_000 },
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
    })
    pools.set(key, pool)
    return pool
  }

  return {
    request,
    async close() {
      const all = [...pools.values()]
      await Promise.all(all.map((pool) => pool.destroy()))
      pools.clear()
    },
  }
}

const lookupAll: Lookup = (host) => resolve(host, { all: true })

function openLookup(lookup: Lookup): ReturnType<typeof guardLookup> {
  return (hostname, options, callback) => {
    lookup(hostname).then(
      ([first, ...others]) => {
        if (!first) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0)
        else if (options.all) callback(null, [first, ...others])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}

/** The URL parser makes one spelling of `0x7f.1`, `127.1` and `2130706433`, so that looking once is enough. */
function checkUrl(address: string, privateAllowed: boolean): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new NetworkError('Only http and https addresses without a password can be called.', 'address')
  }
  const literal = literalAddress(url.hostname)
  if (literal && !privateAllowed && !isPublicAddress(literal)) {
    throw new NetworkError(`${url.host}: ${meaning.address}`, 'address')
  }
  return url
}

/** One clock and one signal for the whole call: waiting for a connection, sending, and reading the answer. */
function startLimit({ timeoutMs = 10_000, signal }: RequestOptions) {
  // Undici takes an emitter for a signal: it costs a fraction of an AbortController, which nobody else would see.
  const ending = Object.assign(new EventEmitter(), { aborted: false })
  let fault: NetworkFault | undefined
  const end = (why: NetworkFault) => () => {
    fault ??= why
    ending.aborted = true
    ending.emit('abort')
  }
  const abort = end('aborted')
  const timer = setTimeout(end('timeout'), timeoutMs)
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  return {
    signal: ending,
    fault: () => fault,
    end() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    },
  }
}

async function readAll(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw Object.assign(new Error('too large'), { code: tooLarge }) // leaving the loop ends the connection
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

const tooLarge = 'TOO_LARGE'

function faultOf(error: unknown): NetworkFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === refusedAddress) return 'address'
  if (code === tooLarge) return 'too-large'
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return 'timeout'
  return /^UND_ERR_(SOCKET|ABORTED|RES|INFO)|^HPE_|ECONNRESET|EPIPE/.test(code) ? 'reset' : 'connect'
}

const meaning: Readonly<Record<NetworkFault, string>> = {
  address: 'this address may not be called',
  connect: 'no connection',
  timeout: 'no whole answer in time',
  reset: 'the connection broke',
  'too-large': 'the answer is too large',
  aborted: 'given up',
}

function since(started: number): number {
  return Math.round(performance.now() - started)
}
