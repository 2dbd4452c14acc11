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

/** An outgoing call. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Milliseconds for the whole call. Default 10,000. */
  readonly timeoutMs?: number
  /** The largest response in bytes. Default 1 MiB. */
  readonly maxBytes?: number
  /** True if private and local addresses are allowed, because the operator configured the host. */
  readonly privateAllowed?: boolean
  readonly signal?: AbortSignal
}

/** A complete response. Redirects are not followed. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Calls a service over kept connections, limited in time and size. Throws NetworkError. */
export type HttpClient = (url: string | URL, options?: RequestOptions) => Promise<HttpResponse>

/** Creates the HTTP client; `close` closes its connections. Proxy settings of the environment are ignored. */
export function createHttpClient(deps: HttpClientDeps = {}): { readonly request: HttpClient; close(): Promise<void> } {
  const { lookup = lookupAll, log } = deps
  // Bounded, so that a caller that can choose hosts cannot make the bot keep many pools. An evicted pool finishes its requests.
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
      // Paths and queries may contain tokens.
      throw new NetworkError(`${method} ${url.host}: ${meaning[fault]}`, fault, { cause: error })
    }
  }

  /** Guarded and unguarded calls have separate pools, so that a guarded call never uses an unguarded connection. */
  function poolOf(url: URL, privateAllowed: boolean): Pool {
    const key = `${privateAllowed ? 'open' : 'guarded'} ${url.origin}`
    const known = pools.get(key)
    if (known) return known
    const UndiciPool = loadPool()
    const pool = new UndiciPool(url.origin, {
      connections: 32, // further calls wait in line; a distant service takes a tenth of a second for each
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

/** The URL parser normalizes `0x7f.1`, `127.1` and `2130706433`, so one check is enough. */
function checkUrl(address: string | URL, privateAllowed: boolean): URL {
  const url = typeof address === 'string' ? parseUrl(address) : address
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new NetworkError('Only http and https addresses without a password can be called.', 'address')
  }
  const literal = privateAllowed ? undefined : ipLiteral(url.hostname)
  if (literal && !isPublicAddress(literal)) throw new NetworkError(`${url.host}: ${meaning.address}`, 'address')
  return url
}

/** Alternating names and values, as on the wire. */
function headersOf({ headers = {} }: RequestOptions): string[] {
  const list = 'user-agent' in headers ? [] : ['user-agent', 'slashroom']
  for (const [name, value] of Object.entries(headers)) list.push(name, value)
  return list
}

/**
 * Makes one call and collects its response. One timeout covers connecting, sending and reading. Using undici's dispatch
 * directly takes 0.85 of the time of its streams and 0.5 of the time of node:http (bench `tricks`).
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
    // After a pause of the process, timers run before pending data is read, so the data gets a chance first.
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

/** Names in lower case; repeated names have both values. */
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
  address: 'this address is not allowed',
  connect: 'no connection',
  timeout: 'no whole answer in time',
  reset: 'the connection broke',
  'too-large': 'the answer is too large',
  aborted: 'given up',
}

function since(started: number): number {
  return Math.round(performance.now() - started)
}
