import { type ResponseError, toDeliveryError } from '../../delivery/retry-rule.js'
import type { HttpClient, HttpResponse, RequestOptions } from '../../net/http-client.js'
import { parseJson } from '../../shared/json.js'
import { retryExceptions } from './retry-exceptions.js'

/** A call relative to the server's address. */
export interface ApiCall {
  readonly method?: NonNullable<RequestOptions['method']>
  readonly path: string
  /** Sent as JSON, or unchanged. */
  readonly body?: object | Uint8Array
}

/** The server's response, whether successful or not. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly body: unknown
}

/** The server's API: https://developers.mattermost.com/api-documentation/ */
export type Api = (call: ApiCall) => Promise<ApiAnswer>

/** What calling the API needs. */
export interface ApiDeps {
  readonly request: HttpClient
  readonly url: string
  /** If left out, calls are not authenticated: a `response_url` needs no token. */
  readonly token?: string
}

/** Creates the client of the server's API. It throws NetworkError only if there was no response. */
export function createApi({ request, url, token }: ApiDeps): Api {
  return async ({ method = 'POST', path, body }) => {
    const bytes = body instanceof Uint8Array
    const headers = {
      accept: 'application/json',
      ...(body ? { 'content-type': bytes ? 'application/octet-stream' : 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    }
    const answer = await request(`${url}${path}`, {
      method,
      headers,
      ...(body ? { body: bytes ? body : JSON.stringify(body) } : {}),
      ...(bytes ? { timeoutMs: 60_000 } : {}),
      maxBytes: 4 * 1_048_576,
      privateAllowed: true, // the operator configured it
    })
    return { status: answer.status, headers: answer.headers, body: parseJson(answer.body) }
  }
}

/** Whether the call succeeded. */
export function isDone({ status }: ApiAnswer): boolean {
  return status >= 200 && status < 300
}

/** Converts a failed response to a DeliveryError. */
export function toMattermostError(answer: ApiAnswer): ResponseError {
  return toDeliveryError(answer, retryExceptions)
}
