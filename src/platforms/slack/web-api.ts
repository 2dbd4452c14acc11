import { type ResponseError, toDeliveryError } from '../../delivery/retry-rule.js'
import { DeliveryError } from '../../model/errors.js'
import type { HttpClient, HttpResponse } from '../../net/http-client.js'
import { dateOf } from '../../shared/header-values.js'
import { isRecord, parseObject } from '../../shared/json.js'
import { retryExceptions } from './retry-exceptions.js'
import type { Client, Settings } from './settings.js'

/** What calling the Web API needs. */
export interface WebApiDeps {
  readonly request: HttpClient
  readonly settings: Pick<Settings, 'apiUrl' | 'atApi' | 'named'>
}

/** One call of a method. */
export interface MethodCall {
  /** A bot token, or the app's id and secret. */
  readonly by: string | Client
  readonly args: Readonly<Record<string, unknown>>
  /** True if the method does not accept JSON. */
  readonly form?: boolean
  readonly timeoutMs?: number
}

/** A successful response, and the service's time. */
export interface MethodAnswer {
  readonly answer: Readonly<Record<string, unknown>>
  readonly at: number
}

/** A route that is known not to work before any call: the least interesting of several errors. */
export class RouteUnavailableError extends DeliveryError {
  constructor(why: string) {
    super(why, { retry: false })
  }
}

/** Calls a method of the Web API. Throws ResponseError, NetworkError. https://docs.slack.dev/apis/web-api */
export async function callMethod(caller: WebApiDeps, method: string, call: MethodCall): Promise<MethodAnswer> {
  const { request, settings } = caller
  const { type, body } = call.form ? toForm(call.args) : toJson(call.args)
  const post = (root: string) => {
    const url = new URL(method, root)
    return request(url.href, {
      method: 'POST',
      headers: { authorization: authorize(call.by), 'content-type': type, accept: 'application/json' },
      body,
      privateAllowed: settings.named(url),
      ...(call.timeoutMs ? { timeoutMs: call.timeoutMs } : {}),
    })
  }
  const answer = await settings.atApi(post)
  const parsed = parseObject(answer.body.toString('utf8'))
  if (answer.status === 200 && parsed?.['ok'] === true) {
    return { answer: parsed, at: dateOf(answer.headers) }
  }
  throw toSlackError(method, answer)
}

/** Converts a failed response to a DeliveryError with the service's error code and details. */
export function toSlackError(what: string, answer: HttpResponse, exceptions = retryExceptions): ResponseError {
  const said = retryExceptions.codeOf?.(answer) ?? `it answered ${answer.status}`
  return toDeliveryError(answer, exceptions, `${what}: ${said}${readFaults(parseObject(answer.body)?.['errors'])}`)
}

/** The parts of the request that the service rejects. */
function readFaults(errors: unknown): string {
  const faults = Array.isArray(errors) ? errors.filter(isRecord) : []
  return faults.map(({ message, pointer }) => `; ${pointer ?? ''} ${message ?? ''}`).join('')
}

function authorize(by: MethodCall['by']): string {
  if (typeof by === 'string') return `Bearer ${by}`
  return `Basic ${Buffer.from(`${by.id}:${by.secret}`).toString('base64')}`
}

function toJson(args: MethodCall['args']) {
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(args) }
}

function toForm(args: MethodCall['args']) {
  const fields = Object.entries(args).map(([name, value]): [string, string] => [name, String(value)])
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }
}
