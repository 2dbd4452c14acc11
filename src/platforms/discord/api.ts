import { toDeliveryError } from '../../delivery/retry-rule.js'
import type { HttpClient, HttpResponse, RequestOptions } from '../../net/http-client.js'
import { retryExceptions } from './retry-exceptions.js'
import type { Settings } from './settings.js'
import type { Attachment } from './wire.js'

/** One call of the API. */
export interface ApiCall {
  readonly method: NonNullable<RequestOptions['method']>
  /** Relative to the API's address. */
  readonly path: string
  readonly body?: object
  readonly file?: Attachment | undefined
  /** True: with the bot's token, which interaction paths do not need. */
  readonly asBot?: boolean
}

/** The service's API. Throws ResponseError unless the call succeeds. */
export type Api = (call: ApiCall) => Promise<HttpResponse>

/** Creates the client; the operator configured its address, so it may be in a private network. */
export function createApi(deps: Pick<Settings, 'atApi' | 'botToken'> & { readonly request: HttpClient }): Api {
  const { atApi, botToken, request } = deps
  return async ({ method, path, body, file, asBot }) => {
    const sent = file ? await toForm(body, file) : body && { type: 'application/json', body: JSON.stringify(body) }
    const options: RequestOptions = {
      method,
      headers: {
        'user-agent': 'DiscordBot (https://www.npmjs.com/package/slashroom, 1)', // the service requires this form
        accept: 'application/json',
        ...(sent ? { 'content-type': sent.type } : {}),
        ...(asBot ? { authorization: `Bot ${botToken}` } : {}),
      },
      body: sent?.body,
      ...(file ? { timeoutMs: 60_000 } : {}),
      maxBytes: 8 * 1_048_576, // all commands of an application come in one response
      privateAllowed: true,
    }
    const answer = await atApi((root) => request(root + path, options))
    if (answer.status >= 200 && answer.status < 300) return answer
    throw toDeliveryError(answer, retryExceptions)
  }
}

/** The path for responses to an interaction. It contains the token, so never log it. */
export function webhookPath(applicationId: string, token: string): string {
  return `/webhooks/${applicationId}/${encodeURIComponent(token)}`
}

/** https://discord.com/developers/docs/reference#uploading-files */
async function toForm(body: object | undefined, { name, type, bytes }: Attachment) {
  const form = new FormData()
  form.set('payload_json', JSON.stringify({ ...body, attachments: [{ id: 0, filename: name }] }))
  form.set('files[0]', new Blob([new Uint8Array(bytes)], { type }), name)
  const encoded = new Response(form)
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data'
  return { type: contentType, body: new Uint8Array(await encoded.arrayBuffer()) }
}
