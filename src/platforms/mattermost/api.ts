import { DeliveryError } from '../../model/errors.js'
import type { HttpClient, HttpResponse, RequestOptions } from '../../net/http-client.js'
import { isRecord, parseJson } from '../../shared/json.js'
import { toDeliveryErrors } from '../delivery-errors.js'

/** One call below the server's address. */
export interface ApiCall {
  readonly method?: NonNullable<RequestOptions['method']>
  readonly path: string
  /** Sent as JSON, or as it is. */
  readonly body?: object | Uint8Array
}

/** The server's answer, whatever it says. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly body: unknown
}

/** The server's API: https://developers.mattermost.com/api-documentation/ */
export type Api = (call: ApiCall) => Promise<ApiAnswer>

/** What the API is spoken with. */
export interface ApiDeps {
  readonly request: HttpClient
  readonly url: string
  /** Left out, nobody speaks: a `response_url` asks for no token. */
  readonly token?: string
}

/** Makes the way to the server. It throws DeliveryError where no answer came at all. */
export function createApi({ request, url, token }: ApiDeps): Api {
  return async ({ method = 'POST', path, body }) => {
    const bytes = body instanceof Uint8Array
    const headers = {
      accept: 'application/json',
      ...(body ? { 'content-type': bytes ? 'application/octet-stream' : 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    }
    const calling = request(`${url}${path}`, {
      method,
      headers,
      ...(body ? { body: bytes ? body : JSON.stringify(body) } : {}),
      ...(bytes ? { timeoutMs: 60_000 } : {}),
      maxBytes: 4 * 1_048_576,
      privateAllowed: true, // the operator named it
    })
    const answer = await toDeliveryErrors(calling)
    return { status: answer.status, headers: answer.headers, body: parseJson(answer.body) }
  }
}

/** Says whether the server did what it was asked. */
export function isDone({ status }: ApiAnswer): boolean {
  return status >= 200 && status < 300
}

/** What an answer that is none means for the outbox. */
export function toDeliveryError(answer: ApiAnswer, what = 'the server'): DeliveryError {
  const { status, body } = answer
  const retry = status === 408 || status === 429 || (status >= 500 && status !== 501) // not there is no trouble that passes
  const retryAfterMs = retry ? readWait(answer) : undefined
  const reason = isRecord(body) && typeof body['id'] === 'string' ? ` (${body['id'].slice(0, 100)})` : ''
  return new DeliveryError(`${what} answered ${status}${meaning[status] ?? ''}${reason}`, {
    retry,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === 429 ? { installationWide: true } : {}),
  })
}

const meaning: Readonly<Record<number, string>> = {
  400: ': it finds fault with the post',
  401: ': MATTERMOST_BOT_TOKEN is not, or no longer, a token of its',
  403: ': the bot may not post there; invite it to the channel',
  404: ': there is no such channel or post',
  429: ': too many requests',
}

/** `Retry-After` tells when one more is let through; `X-RateLimit-Reset`, in seconds too, when all are. */
function readWait({ headers }: ApiAnswer): number | undefined {
  const given = headers['retry-after'] ?? headers['x-ratelimit-reset']
  if (given === undefined || !/^\d{1,9}$/.test(given)) return undefined
  return Math.min(Math.max(Number(given), 1), 6 * 60) * 1_000
}
