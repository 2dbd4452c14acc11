import { HttpError } from '../../model/errors.js'
import { parseObject } from '../../shared/json.js'
import type { WebhookRequest } from '../platform.js'
import { createRequestContext } from '../request-context.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'mattermost'

/** The most that one message may have, in characters: https://developers.mattermost.com/api-documentation/ */
export const messageLimit = 16_383

/** The most that one text may have: what is left of a message keeps a code block's fences. */
export const textLimit = 16_000

/** Where slash commands come in, and where pressed buttons do. */
export const commandPath = '/command'
export const actionPath = '/action'

/** The word that reaches every command: the server keeps some words to itself, `/help` among them. */
export const reachAll = 'slashroom'

/** A pressed button, as far as it is read: https://developers.mattermost.com/integrate/plugins/interactive-messages/ */
export interface Press {
  readonly user_id?: unknown
  readonly user_name?: unknown
  readonly channel_id?: unknown
  readonly channel_name?: unknown
  readonly team_domain?: unknown
  readonly trigger_id?: unknown
  readonly context?: unknown
}

/** A message attachment: https://developers.mattermost.com/integrate/reference/message-attachments/ */
export interface Attachment {
  readonly fallback: string
  readonly color?: string
  readonly title?: string
  readonly title_link?: string
  readonly thumb_url?: string
  readonly text?: string
  readonly fields?: readonly { readonly title: string; readonly value: string; readonly short: boolean }[]
  readonly image_url?: string
  readonly actions?: readonly Action[]
}

/** A button. Its `context` stays on the server: nobody in the room sees it. */
export interface Action {
  readonly id: string
  readonly type: 'button'
  readonly name: string
  readonly style: 'default' | 'primary' | 'good' | 'warning' | 'danger'
  readonly integration: { readonly url: string; readonly context: Readonly<Record<string, unknown>> }
}

/** A slash command as the server keeps it: https://developers.mattermost.com/api-documentation/#/operations/CreateCommand */
export interface CustomCommand {
  readonly id: string
  readonly token: string
  readonly team_id: string
  readonly trigger: string
  readonly url: string
  readonly method: string
  readonly display_name: string
  /** Under whose name its `response_url` posts; the caller's where it is empty, or the server allows no other. */
  readonly username: string
  readonly auto_complete: boolean
  readonly auto_complete_desc: string
  readonly auto_complete_hint: string
}

/** What an invocation's `replyTo` holds. */
export interface ReplyTo {
  readonly teamId: string
  readonly channelId: string
  readonly rootId?: string
  /** The last part of the `response_url`; pressed buttons have none. */
  readonly hookId?: string
  /** The path of a `response_url` of another shape, on the server's own host. */
  readonly hookPath?: string
}

/** A slash command's form, parsed once per request; undefined where the body is none. By GET it is the query. */
export function readForm(request: WebhookRequest): URLSearchParams | undefined {
  if (request.method === 'GET') return request.query
  const known = forms.of(request)
  if (known) return known
  const type = request.headers['content-type']
  if (typeof type !== 'string' || !/^application\/x-www-form-urlencoded\b/i.test(type)) return undefined
  const form = new URLSearchParams(request.body.toString('utf8'))
  forms.set(request, form)
  return form
}

const forms = createRequestContext<URLSearchParams>()

/** A pressed button's body, parsed once per request. Throws HttpError where it is no JSON object. */
export function readPress(request: WebhookRequest): Press {
  const known = presses.of(request)
  if (known) return known
  const press = parseObject(request.body)
  if (!press) throw new HttpError('The body is no JSON object.', 400)
  presses.set(request, press)
  return press
}

const presses = createRequestContext<Press>()

/** An id as servers and what speaks like them make them, which leads nowhere else in an address; undefined for others. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : undefined
}
