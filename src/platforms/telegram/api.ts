import { toDeliveryError } from '../../delivery/retry-rule.js'
import { DeliveryError } from '../../model/errors.js'
import type { HttpClient, HttpResponse, RequestOptions } from '../../net/http-client.js'
import { asRecord, parseObject } from '../../shared/json.js'
import { retryExceptions } from './retry-exceptions.js'
import type { Settings } from './settings.js'
import { type Attachment, readId } from './wire.js'

/** One call of a method. */
export interface ApiCall extends Pick<RequestOptions, 'timeoutMs' | 'signal'> {
  readonly method: string
  readonly args?: Readonly<Record<string, unknown>>
  /** Sent as `document`. */
  readonly file?: Attachment | undefined
}

/** The Bot API: resolves with a method's result. Throws ResponseError, ChatMovedError, NetworkError. */
export type Api = (call: ApiCall) => Promise<unknown>

/** The group became a supergroup with another id. */
export class ChatMovedError extends DeliveryError {
  readonly chatId: string
  constructor(chatId: string) {
    super('the group has become a supergroup', { retry: true })
    this.chatId = chatId
  }
}

/** Creates the client; the operator configured its address, so it may be in a private network. */
export function createApi(deps: Pick<Settings, 'botToken' | 'apiUrl'> & { readonly request: HttpClient }): Api {
  const { botToken, apiUrl, request } = deps
  return async ({ method, args = {}, file, timeoutMs, signal }) => {
    const { type, body } = file ? await toForm(args, file) : toJson(args)
    const answer = await request(`${apiUrl}/bot${botToken}/${method}`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': type },
      body,
      timeoutMs: timeoutMs ?? (file ? 60_000 : 10_000),
      maxBytes: 8 * 1_048_576, // a hundred updates come in one response
      privateAllowed: true,
      ...(signal ? { signal } : {}),
    })
    return readResult(answer)
  }
}

/** The service repeats the status in the body; stand-ins may have it only there. */
function readResult(answer: HttpResponse): unknown {
  const { ok, result, error_code, parameters } = parseObject(answer.body) ?? {}
  if (answer.status >= 200 && answer.status < 300 && ok === true) return result
  const chatId = readId(asRecord(parameters)['migrate_to_chat_id'])
  if (chatId) throw new ChatMovedError(chatId)
  const isFailure = answer.status >= 300
  const status = isFailure ? answer.status : typeof error_code === 'number' ? error_code : 502
  throw toDeliveryError({ ...answer, status }, retryExceptions)
}

function toJson(args: Readonly<Record<string, unknown>>) {
  return { type: 'application/json', body: JSON.stringify(args) }
}

/** https://core.telegram.org/bots/api#sending-files */
async function toForm(args: Readonly<Record<string, unknown>>, { name, type, bytes }: Attachment) {
  const form = new FormData()
  for (const [field, value] of Object.entries(args)) {
    if (value !== undefined) form.set(field, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  form.set('document', new Blob([new Uint8Array(bytes)], { type }), name)
  const encoded = new Response(form)
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data'
  return { type: contentType, body: new Uint8Array(await encoded.arrayBuffer()) }
}
