import { DeliveryError } from '../../model/errors.js'
import type { HttpClient, HttpResponse, RequestOptions } from '../../net/http-client.js'
import { parseObject } from '../../shared/json.js'
import { toDeliveryErrors } from '../delivery-errors.js'
import type { Settings } from './settings.js'
import type { Attachment } from './wire.js'

/** One call of the API. */
export interface ApiCall {
  readonly method: NonNullable<RequestOptions['method']>
  /** Below the API's own address. */
  readonly path: string
  readonly body?: object
  readonly file?: Attachment
  /** True: with the bot's own token, which paths of interactions do not need. */
  readonly asBot?: boolean
}

/** The service's API. Throws DeliveryError for all but success, RefusedError where the service said what is wrong. */
export type Api = (call: ApiCall) => Promise<HttpResponse>

/** The service refused a call, with a code of its own. */
export class RefusedError extends DeliveryError {
  /** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
  readonly reason: number
  readonly status: number
  constructor(message: string, status: number, reason: number, retryAdvice: DeliveryError['retryAdvice']) {
    super(message, retryAdvice)
    this.status = status
    this.reason = reason
  }
}

/** Makes the way to the API, which the operator named, so that it may stand in a private network. */
export function createApi(deps: Pick<Settings, 'atApi' | 'botToken'> & { readonly request: HttpClient }): Api {
  const { atApi, botToken, request } = deps
  return async ({ method, path, body, file, asBot }) => {
    const sent = file ? await toForm(body, file) : toJson(body)
    const options: RequestOptions = {
      method,
      headers: {
        'user-agent': 'DiscordBot (https://www.npmjs.com/package/slashroom, 1)', // the service asks for this form
        accept: 'application/json',
        ...sent.headers,
        ...(asBot ? { authorization: `Bot ${botToken}` } : {}),
      },
      ...(sent.body ? { body: sent.body } : {}),
      ...(file ? { timeoutMs: 60_000 } : {}),
      maxBytes: 8 * 1_048_576, // all commands of an application come in one answer
      privateAllowed: true,
    }
    const answer = await toDeliveryErrors(atApi((root) => request(root + path, options)))
    if (answer.status >= 200 && answer.status < 300) return answer
    throw toRefusedError(answer)
  }
}

/** Where an interaction is answered, below the API's address. The token is part of it: never to be logged. */
export function webhookPath(applicationId: string, token: string): string {
  return `/webhooks/${applicationId}/${encodeURIComponent(token)}`
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

function toJson(body: object | undefined): Sent {
  return body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : { headers: {} }
}

/** https://discord.com/developers/docs/reference#uploading-files */
async function toForm(body: object | undefined, { name, type, bytes }: Attachment): Promise<Sent> {
  const form = new FormData()
  form.set('payload_json', JSON.stringify({ ...body, attachments: [{ id: 0, filename: name }] }))
  form.set('files[0]', new Blob([new Uint8Array(bytes)], { type }), name)
  const encoded = new Response(form)
  return {
    headers: { 'content-type': encoded.headers.get('content-type') ?? 'multipart/form-data' },
    body: new Uint8Array(await encoded.arrayBuffer()),
  }
}

/** https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit */
function toRefusedError({ status, headers, body }: HttpResponse): RefusedError {
  const said = parseObject(body) ?? {}
  const reason = typeof said['code'] === 'number' ? said['code'] : 0
  const message = `Discord answered ${status}${reason ? ` (${reason})` : ''}${meaning[status] ?? ''}`
  if (status !== 429) return new RefusedError(message, status, reason, { retry: status === 408 || status >= 500 })
  const retryAfterMs = readWait(said['retry_after'], headers['retry-after'])
  const installationWide = said['global'] === true || headers['x-ratelimit-scope'] === 'global'
  return new RefusedError(message, status, reason, {
    retry: true,
    installationWide,
    ...(retryAfterMs ? { retryAfterMs } : {}),
  })
}

/** Seconds, in the body with their fractions; what is wrong by hours must not end all talk. */
function readWait(inBody: unknown, inHeader: string | undefined): number | undefined {
  const seconds = typeof inBody === 'number' ? inBody : Number(inHeader ?? Number.NaN)
  return seconds >= 0 ? Math.min(Math.max(Math.ceil(seconds * 1_000), 1), 10 * 60_000) : undefined
}

const meaning: Readonly<Record<number, string>> = {
  400: ': it finds fault with what was sent',
  401: ': it does not take the token',
  403: ': the application may not do this there',
  404: ': there is no such thing',
  413: ': it is too large',
  429: ': too many requests',
}
