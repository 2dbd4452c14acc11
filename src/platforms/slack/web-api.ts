import { DeliveryError } from '../../model/errors.js'
import type { HttpClient, HttpResponse } from '../../net/http-client.js'
import { isRecord, parseObject } from '../../shared/json.js'
import { toDeliveryErrors } from '../delivery-errors.js'
import type { Client, Settings } from './settings.js'

/** What the Web API is called with. */
export interface Caller {
  readonly request: HttpClient
  readonly settings: Pick<Settings, 'apiUrl' | 'atApi' | 'named'>
}

/** One call of a method. */
export interface MethodCall {
  /** A bot token, or the app's own id and secret. */
  readonly by: string | Client
  readonly args: Readonly<Record<string, unknown>>
  /** True where the method takes no JSON. */
  readonly form?: boolean
  readonly timeoutMs?: number
}

/** A method's answer that is ok, and when it was given by the service's clock. */
export interface MethodAnswer {
  readonly answer: Readonly<Record<string, unknown>>
  readonly at: number
}

/** The service said no, in a word of its own: `channel_not_found`. */
export class SlackError extends DeliveryError {
  readonly word: string
  constructor(what: string, word: string, retryAdvice: DeliveryError['retryAdvice'], faults = '') {
    super(`${what}: ${word}${faults}`, retryAdvice)
    this.word = word
  }
}

/** A way that cannot be gone, found out before anything was asked: of all reasons the least. */
export class RouteUnavailableError extends DeliveryError {
  constructor(why: string) {
    super(why, { retry: false })
  }
}

/** Calls a method of the Web API. Throws DeliveryError. https://docs.slack.dev/apis/web-api */
export async function callMethod(
  { request, settings }: Caller,
  method: string,
  call: MethodCall,
): Promise<MethodAnswer> {
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
  const answer = await toDeliveryErrors(settings.atApi(post))
  const parsed = parseObject(answer.body.toString('utf8'))
  if (answer.status === 200 && parsed?.['ok'] === true) {
    const date = Date.parse(answer.headers['date'] ?? '')
    return { answer: parsed, at: Number.isNaN(date) ? Date.now() : date }
  }
  throw toSlackError(method, answer)
}

/** What an answer that is none means for whoever has something to deliver. Limits of a method hold for the whole workspace. */
export function toSlackError(what: string, { status, headers, body }: HttpResponse, wide = true): SlackError {
  const text = body.toString('utf8')
  const parsed = parseObject(text)
  const said = parsed?.['error'] ?? (/^\w{1,60}$/.test(text.trim()) ? text.trim() : undefined)
  const word = typeof said === 'string' ? said : `it answered ${status}`
  const limited = status === 429 || /^rate_?limited$/.test(word)
  const retry = limited || status === 408 || status >= 500 || passing.has(word)
  const seconds = Number(headers['retry-after'])
  const retryAdvice = {
    retry,
    ...(limited && wide ? { installationWide: true } : {}),
    ...(retry && seconds > 0 ? { retryAfterMs: Math.min(seconds, longestWait) * 1_000 } : {}),
  }
  return new SlackError(what, word, retryAdvice, readFaults(parsed?.['errors']))
}

/** Where in what was sent the service finds fault. */
function readFaults(errors: unknown): string {
  const faults = Array.isArray(errors) ? errors.filter(isRecord) : []
  return faults.map(({ message, pointer }) => `; ${pointer ?? ''} ${message ?? ''}`).join('')
}

/** Words for a trouble of the service's own, which passes. */
const passing: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'rollup_error',
])

/** Seconds; a clock that is wrong must not end all talk. */
const longestWait = 600

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
