import { parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'
import type { WebhookRequest } from '../platform.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'mattermost'

/** The longest message, in characters: https://developers.mattermost.com/api-documentation/ */
export const messageLimit = 16_383

/** The longest text: the rest of a message has room for a code block's fences. */
export const textLimit = 16_000

/** The paths for slash commands and for pressed buttons. */
export const commandPath = '/command'
export const actionPath = '/action'

/** The word that reaches every command, because the server reserves some words, such as `/help`. */
export const reachAll = 'slashroom'

/** A slash command's form: https://developers.mattermost.com/integrate/slash-commands/custom/ */
export interface Command extends Origin {
  readonly token: string | undefined
  readonly team_id: string | undefined
  readonly command: string | undefined
  readonly text: string | undefined
  readonly root_id: string | undefined
  readonly response_url: string | undefined
  /** From `user_mentions` and `user_mentions_ids`, two parallel lists. */
  readonly mentions: readonly { readonly id: string; readonly name: string | undefined }[]
}

/** A pressed button: https://developers.mattermost.com/integrate/plugins/interactive-messages/ */
export interface Press extends Origin {
  readonly context: unknown
}

/** Who did it and where; missing or malformed values are undefined. */
export interface Origin {
  readonly user_id: string | undefined
  readonly user_name: string | undefined
  readonly channel_id: string | undefined
  readonly channel_name: string | undefined
  readonly team_domain: string | undefined
  readonly trigger_id: string | undefined
  /** Identifies it if its trigger_id is not verified: the trigger_id as sent, or the whole body. */
  readonly fallbackId: string
}

/** The contents of a `trigger_id`: who did something, and when. */
export interface TriggerId {
  /** The signed part. The signature itself has several spellings. */
  readonly signed: string
  readonly userId: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly signature: Buffer
}

/** The line of one of our buttons, its room, and its expiry. */
export interface Button {
  readonly line: string
  readonly teamId: string
  readonly channelId: string
  readonly rootId?: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** A verified webhook by its path, with its trigger and button; or a post from the connection. */
export type Payload = { readonly trigger: TriggerId | undefined } & (
  | { readonly door: 'command'; readonly command: Command }
  | { readonly door: 'action'; readonly press: Press; readonly button: Button }
  | ({ readonly door: 'post' } & TypedPost)
)

/** A command typed as a message, with the users that it mentions. */
export interface TypedPost {
  readonly line: string
  readonly id: string
  readonly channelId: string
  readonly channelName: string
  readonly rootId: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  readonly author: Person
  readonly mentioned: readonly Person[]
}

/** A user. */
export interface Person {
  readonly id: string
  /** Unique at any time. */
  readonly name: string
  readonly isBot: boolean
  /** True for a user of another server, in a channel that both servers share. */
  readonly isRemote: boolean
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

/** A button. Its `context` stays on the server, hidden from the room. */
export interface Action {
  readonly id: string
  readonly type: 'button'
  readonly name: string
  readonly style: 'default' | 'primary' | 'good' | 'warning' | 'danger'
  readonly integration: { readonly url: string; readonly context: Readonly<Record<string, unknown>> }
}

/** A registered slash command: https://developers.mattermost.com/api-documentation/#/operations/CreateCommand */
export interface CustomCommand {
  readonly id: string
  readonly token: string
  readonly team_id: string
  readonly trigger: string
  readonly url: string
  readonly method: string
  readonly display_name: string
  /** The user name for posts through its `response_url`; the caller's if it is empty or the server allows no other. */
  readonly username: string
  readonly auto_complete: boolean
  readonly auto_complete_desc: string
  readonly auto_complete_hint: string
}

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly teamId: string
  readonly channelId: string
  readonly rootId?: string
  /** The last part of the `response_url`; pressed buttons have none. */
  readonly hookId?: string
  /** The path of a `response_url` in another form, on the server's own host. */
  readonly hookPath?: string
}

/** Reads a slash command's form, or for GET the query; undefined if it is not one. */
export function readCommand({ method, query, headers, body }: WebhookRequest): Command | undefined {
  const type = headers['content-type']
  const isForm = typeof type === 'string' && /^application\/x-www-form-urlencoded\b/i.test(type)
  if (method !== 'GET' && !isForm) return undefined
  const form = method === 'GET' ? query : new URLSearchParams(body.toString('utf8'))
  const sent = Object.fromEntries([...form].reverse()) // of repeated parameters, the first counts
  const origin = readOrigin(sent)
  return {
    ...origin,
    token: readText(sent['token']),
    team_id: readId(sent['team_id']),
    command: readText(sent['command']),
    text: readText(sent['text']),
    root_id: readId(sent['root_id']),
    response_url: readText(sent['response_url']),
    fallbackId: origin.trigger_id ?? (method === 'GET' ? query.toString() : body.toString('base64')),
    mentions: readMentions(form.getAll('user_mentions'), form.getAll('user_mentions_ids')),
  }
}

/** Reads a pressed button's body. Throws HttpError if it is not a JSON object. */
export function readPress(body: Buffer): Press {
  const press = parseObject(body) ?? refuseBody()
  const origin = readOrigin(press)
  return { ...origin, context: press['context'], fallbackId: origin.trigger_id ?? body.toString('base64') }
}

/** An id that is safe in the path of an address; undefined for others. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : undefined
}

function readMentions(names: readonly string[], ids: readonly string[]): Command['mentions'] {
  if (names.length !== ids.length) return []
  return ids.flatMap((id, at) => (readId(id) ? [{ id, name: readText(names[at]) }] : []))
}

function readOrigin(sent: Readonly<Record<string, unknown>>): Omit<Origin, 'fallbackId'> {
  return {
    user_id: readId(sent['user_id']),
    user_name: readText(sent['user_name']),
    channel_id: readId(sent['channel_id']),
    channel_name: readText(sent['channel_name']),
    team_domain: readText(sent['team_domain']),
    trigger_id: readText(sent['trigger_id']),
  }
}
