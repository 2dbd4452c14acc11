import { lookup as resolve } from 'node:dns/promises'
import { createRequire } from 'node:module'
import { LRUCache } from 'lru-cache'
import type { Dispatcher, Pool } from 'undici'
import { NetworkError, type NetworkFault } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { codeOf } from '../shared/error-details.js'
import { parseUrl } from '../shared/url.js'
import { ipLiteral, isPublicAddress, type Lookup, refusedAddress, socketLookup } from './ssrf.js'

/** Loaded by the first call. Its file alone takes 0.4 of the processor time that all of undici takes (bench `tricks`). */
function loadPool(): typeof Pool {
  return createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof Pool
}

/** One call to the outside. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Milliseconds for the whole call. Default 10,000. */
  readonly timeoutMs?: number
  /** Bytes of the answer at most. Default 1 MiB. */
  readonly maxBytes?: number
  /** True: addresses of private networks and of this machine may be called, because the operator named the host. */
  readonly privateAllowed?: boolean
  readonly signal?: AbortSignal
}

/** The whole answer. Redirects are not followed: a 3xx is an answer like any other. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Calls the outside over kept connections, bounded in time and size. Throws NetworkError. */
export type HttpClient = (url: string | URL, options?: RequestOptions) => Promise<HttpResponse>

/** Creates the HTTP client; `close` closes its connections. Proxy settings of the environment are ignored. */
export function createHttpClient(deps: HttpClientDeps = {}): { readonly request: HttpClient; close(): Promise<void> } {
  const { lookup = lookupAll, log } = deps
  // Bounded: a caller that can choose hosts cannot make the bot keep many pools. An evicted pool finishes its requests.
  const pools = new LRUCache<string, Pool>({ max: 256, dispose: (pool) => void pool.close().catch(() => undefined) })
  const guarded = socketLookup(lookup, { publicOnly: true })
  const open = socketLookup(lookup, { publicOnly: false })

  async function request(address: string | URL, options: RequestOptions = {}): Promise<HttpResponse> {
    const { privateAllowed = false } = options
    const url = checkUrl(address, privateAllowed)
    const method = options.method ?? 'GET'
    const started = performance.now()
    try {
      const sent = { path: url.pathname + url.search, method, headers: headersOf(options), body: options.body ?? null }
      const answer = await receive(poolOf(url, privateAllowed), sent, options)
      log?.debug({ host: url.host, method, status: answer.status, ms: since(started) }, 'called')
      return answer
    } catch (error) {
      const fault = faultOf(error)
      log?.debug({ host: url.host, method, fault, ms: since(started) }, 'call failed')
      // Paths and queries may hold tokens.
      throw new NetworkError(`${method} ${url.host}: ${meaning[fault]}`, fault, { cause: error })
    }
  }

  /** A connection that was opened unguarded is never handed to a guarded call: they have pools of their own. */
  function poolOf(url: URL, privateAllowed: boolean): Pool {
    const key = `${privateAllowed ? 'open' : 'guarded'} ${url.origin}`
    const known = pools.get(key)
    if (known) return known
    const UndiciPool = loadPool()
    const pool = new UndiciPool(url.origin, {
      connections: 32, // more calls than that wait in line; of a service far away each takes a tenth of a second
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

interface HttpClientDeps {
  readonly lookup?: Lookup
  readonly log?: Logger
}

const lookupAll: Lookup = (host) => resolve(host, { all: true })

/** The URL parser makes one spelling of `0x7f.1`, `127.1` and `2130706433`, so that looking once is enough. */
function checkUrl(address: string | URL, privateAllowed: boolean): URL {
  const url = typeof address === 'string' ? parseUrl(address) : address
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new NetworkError('Only http and https addresses without a password can be called.', 'address')
  }
  const literal = privateAllowed ? undefined : ipLiteral(url.hostname)
  if (literal && !isPublicAddress(literal)) throw new NetworkError(`${url.host}: ${meaning.address}`, 'address')
  return url
}

/** Names and values in turn, as they are written. */
function headersOf({ headers = {} }: RequestOptions): string[] {
  const list = 'user-agent' in headers ? [] : ['user-agent', 'slashroom']
  for (const [name, value] of Object.entries(headers)) list.push(name, value)
  return list
}

/**
 * Makes one call and collects its answer. One clock runs for the whole of it: waiting for a connection, sending, reading.
 * The answer is taken as it comes from the parser: a call takes 0.85 of its time by undici's streams, and 0.5 of that by
 * node:http (bench `tricks`).
 */
function receive(
  pool: Pool,
  sent: Dispatcher.DispatchOptions,
  { timeoutMs = 10_000, maxBytes = 1_048_576, signal }: RequestOptions,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let [status, size] = [0, 0]
    let headers: Readonly<Record<string, string>> = {}
    let over = false
    let cut: ((error?: Error) => void) | undefined

    const settle = () => {
      over = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const fail = (error: unknown) => {
      if (over) return
      settle()
      reject(error)
      cut?.()
    }
    const abort = () => fail(withCode(aborted))
    // A process that was paused runs its timers before it reads what came meanwhile: that is looked at first.
    const timer = setTimeout(() => setImmediate(() => fail(withCode(timedOut))), timeoutMs)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) return abort()

    pool.dispatch(sent, {
      onConnect(abortCall) {
        cut = abortCall
        if (over) abortCall()
      },
      onHeaders(statusCode, raw) {
        if (statusCode < 200) return true
        status = statusCode
        headers = readHeaders(raw)
        return true
      },
      onData(chunk) {
        size += chunk.length
        if (size > maxBytes) fail(withCode(tooLarge))
        else chunks.push(chunk)
        return true
      },
      onComplete() {
        if (over) return
        settle()
        resolve({ status, headers, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size) })
      },
      onError: fail,
    })
  })
}

/** Names in lower case; of a name that comes twice both values. */
function readHeaders(raw: readonly Buffer[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = String(raw[at]).toLowerCase()
    const value = raw[at + 1]?.toString('latin1') ?? ''
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

const tooLarge = 'TOO_LARGE'
const timedOut = 'TIMEOUT'
const aborted = 'ABORTED'

function faultOf(error: unknown): NetworkFault {
  const code = codeOf(error)
  if (code === refusedAddress) return 'address'
  if (code === tooLarge) return 'too-large'
  if (code === aborted) return 'aborted'
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
