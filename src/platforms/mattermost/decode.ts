import type { Installation } from '../../model/installation.js'
import type { Invocation, User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { readText } from '../../shared/json.js'
import { parseUrl } from '../../shared/url.js'
import type { Ack, DecodedRequest, WebhookRequest } from '../platform.js'
import { readButton } from './buttons.js'
import { parseTriggerId } from './trigger-id.js'
import { actionPath, name, type ReplyTo, reachAll, readForm, readId, readPress } from './wire.js'

/** What decoding needs to know. */
export interface DecodeDeps {
  /** The server's address. */
  readonly url: string
  /** Says whether the server signed the request's `trigger_id`. */
  proven(request: WebhookRequest): boolean
}

/** Makes what says what was asked: a command as typed, or the line that a pressed button types. */
export function createDecode({ url, proven }: DecodeDeps) {
  return (request: WebhookRequest, installation: Installation): DecodedRequest => {
    const asked = request.path === actionPath ? decodePress(request) : decodeCommand(request, url)
    if (!asked) return { ack }
    const { triggerId, replyTo, ...said } = asked
    const trigger = proven(request) ? parseTriggerId(triggerId) : undefined
    return {
      ack,
      invocation: {
        id: shortHash(name, installation.id, ...(trigger ? [trigger.signed] : unproven(request, asked))),
        platform: name,
        installation: installation.id,
        tenant: installation.tenant,
        ...said,
        at: trigger?.at ?? request.receivedAt,
        replyTo,
      },
    }
  }
}

/**
 * A trigger that proves nothing is only a word of what was said. Without any nothing tells two alike commands apart but
 * the bytes: the response_url is among them.
 */
function unproven(request: WebhookRequest, { triggerId, user, room, text }: Asked): readonly string[] {
  const call = triggerId || (request.method === 'GET' ? request.query.toString() : request.body.toString('base64'))
  return [call, user.id, room.id, text]
}

/** An empty object, as JSON: an empty text would be shown as an error. */
const ack: Ack = { status: 200, body: {} }

interface Asked extends Pick<Invocation, 'text' | 'room' | 'user' | 'mentions'> {
  readonly triggerId: string | undefined
  readonly replyTo: ReplyTo
}

function decodeCommand(request: WebhookRequest, url: string): Asked | undefined {
  const form = readForm(request)
  const command = form?.get('command')
  const teamId = readId(form?.get('team_id'))
  const channelId = readId(form?.get('channel_id'))
  if (!form || !command?.startsWith('/') || !teamId || !channelId) return undefined
  const rootId = readId(form.get('root_id'))
  return {
    text: toLine(command, form.get('text') ?? ''),
    room: { id: channelId, name: form.get('channel_name') || channelId },
    user: toUser(form.get('user_id'), form.get('user_name')),
    mentions: readMentions(form),
    triggerId: form.get('trigger_id') ?? undefined,
    replyTo: { teamId, channelId, ...(rootId ? { rootId } : {}), ...readHook(form.get('response_url'), url) },
  }
}

/** `/slashroom help deploy` says `/help deploy`. */
function toLine(command: string, text: string): string {
  if (command === `/${reachAll}`) return `/${text.trim().replace(/^\//, '') || 'help'}`
  return text === '' ? command : `${command} ${text}`
}

/** The line comes from the button's seal, which `verify` has checked, and from nowhere else. */
function decodePress(request: WebhookRequest): Asked | undefined {
  const { context, user_id, user_name, channel_name, trigger_id } = readPress(request)
  const button = readButton(context)
  if (!button) return undefined
  const { line, teamId, channelId, rootId } = button
  return {
    text: line,
    room: { id: channelId, name: readText(channel_name) ?? channelId },
    user: toUser(user_id, user_name),
    mentions: [],
    triggerId: readText(trigger_id),
    replyTo: { teamId, channelId, ...(rootId ? { rootId } : {}) },
  }
}

function toUser(id: unknown, mention: unknown): User {
  const said = readText(mention)
  return { id: readId(id) ?? 'unknown', name: said ?? 'somebody', ...(said ? { mention: said } : {}) }
}

/** Names and ids come as two lists of the same order. */
function readMentions(form: URLSearchParams): readonly User[] {
  const names = form.getAll('user_mentions')
  const ids = form.getAll('user_mentions_ids')
  if (names.length !== ids.length) return []
  return names.flatMap((mention, at) => (readId(ids[at]) ? [toUser(ids[at], mention)] : []))
}

/** Of a `response_url` only its last part is believed, or its path below the server's own host, whatever it says. */
function readHook(responseUrl: string | null, url: string): Pick<ReplyTo, 'hookId' | 'hookPath'> {
  const hookId = readId(/\/hooks\/commands\/([\w-]+)$/.exec(responseUrl ?? '')?.[1])
  if (hookId) return { hookId }
  const given = parseUrl(responseUrl ?? '')
  return given && given.origin === new URL(url).origin ? { hookPath: given.pathname + given.search } : {}
}
