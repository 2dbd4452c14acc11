import http from 'node:http'
import https from 'node:https'
import { gunzipSync } from 'node:zlib'
import { codeOf } from '../../shared/error-details.js'

/** One call to an add-on. */
export interface AddonRequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs?: number
}

/** The add-on's response. Redirects are not followed. */
export interface AddonResponse {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

const mostBytes = 1_048_576

/** Calls an add-on on a new connection with exactly the headers that the real server sent; throws readable errors. */
export async function requestAddon(url: string, options: AddonRequestOptions = {}): Promise<AddonResponse> {
  const { method = 'GET', body, timeoutMs = 10_000 } = options
  const headers = outgoingHeaders(options)
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await exchange(new URL(url), { method, headers, signal, agent: false }, body)
  } catch (error) {
    throw new Error(signal.aborted ? `no answer within ${timeoutMs / 1000} s` : plainWords(error), { cause: error })
  }
}

/** All headers of a call except `Host`, as sent. */
export function outgoingHeaders({ body, headers }: AddonRequestOptions): Readonly<Record<string, string>> {
  return {
    Connection: 'close',
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
    'Accept-Encoding': 'gzip',
  }
}

function exchange(url: URL, options: http.RequestOptions, body: string | undefined): Promise<AddonResponse> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const sent = request(url, options, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        chunks.push(chunk)
        if (bytes > mostBytes) answer.destroy(new Error('the answer is longer than 1 MiB'))
      })
      answer.on('error', reject)
      answer.on('end', () => {
        try {
          const text = unpack(Buffer.concat(chunks), answer.headers['content-encoding'])
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })
        } catch (error) {
          reject(error)
        }
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function unpack(bytes: Buffer, encoding: string | undefined): string {
  return (encoding === 'gzip' ? gunzipSync(bytes, { maxOutputLength: mostBytes }) : bytes).toString()
}

function plainWords(error: unknown): string {
  const code = codeOf(error)
  return words[code] ?? (error instanceof Error && error.message ? error.message : code || String(error))
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection broke off',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
  EPIPE: 'the connection broke off',
  ETIMEDOUT: 'no route to it',
  EHOSTUNREACH: 'no route to it',
  ERR_INVALID_URL: 'its address is not a URL',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}
