import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'
import type { WebhookHead, WebhookRequest } from '../platform.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'slack'

/** Messages longer than 4,000 characters cannot be edited. https://docs.slack.dev/reference/methods/chat.update */
export const textLimit = 3_900

/** Longer texts are truncated or refused. https://docs.slack.dev/reference/methods/chat.postMessage#truncating */
export const messageLimit = 40_000

/** A slash command's form. Here and below, missing or malformed values are undefined. https://docs.slack.dev/interactivity/implementing-slash-commands */
export interface Command {
  readonly channel_id: string | undefined
  readonly channel_name: string | undefined
  readonly user_id: string | undefined
  readonly user_name: string | undefined
  readonly team_id: string | undefined
  readonly command: string | undefined
  readonly text: string | undefined
  readonly response_url: string | undefined
  readonly trigger_id: string | undefined
  /** Identifies a command without a trigger: the time of its signature, or its envelope. */
  readonly fallbackId: string
}

/** A pressed button. https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export interface Interaction {
  readonly type: unknown
  readonly user: { readonly id: string | undefined; readonly name: string | undefined }
  readonly origin: Origin
  readonly channel: { readonly id: string | undefined; readonly name: string | undefined }
  /** The button's thread. */
  readonly thread_ts: string | undefined
  readonly response_url: string | undefined
  readonly trigger_id: string | undefined
  readonly action: { readonly value: string | undefined; readonly action_ts: unknown }
}

/** What a webhook says about where its user is from. https://docs.slack.dev/apis/slack-connect */
export interface Origin {
  /** All workspaces or organizations that the user is said to belong to. */
  readonly teams: readonly string[]
  /** The workspaces in the webhook, and their organizations. */
  readonly workspaces: readonly Pick<InstallationOwner, 'teamId' | 'enterpriseId'>[]
  /** True for a channel shared with other companies. */
  readonly shared: boolean
}

/** A request of the Events API. https://docs.slack.dev/apis/events-api */
export interface Envelope {
  readonly type: unknown
  readonly challenge: string | undefined
  readonly event: SlackEvent
  readonly origin: Origin
  readonly event_time: unknown
}

/** The event itself. */
export interface SlackEvent {
  readonly type: unknown
  readonly subtype: unknown
  readonly bot_id: unknown
  readonly user: string | undefined
  readonly text: string | undefined
  readonly channel: string | undefined
  readonly ts: string | undefined
  readonly thread_ts: string | undefined
  /** The revoked tokens, for `tokens_revoked`. */
  readonly tokens: { readonly bot: readonly unknown[] }
}

/** A body verified by its signature or its connection, by the path that accepts it, and the owner of its grant. */
export type SignedPayload = { readonly owner: InstallationOwner } & (
  | { readonly door: 'commands'; readonly command: Command }
  | { readonly door: 'interactivity'; readonly interaction: Interaction }
  | { readonly door: 'events'; readonly envelope: Envelope }
)

/** A webhook's body; a certificate check has no contents. */
export type Payload = SignedPayload | { readonly door: 'ssl_check' }

/** The owner of a webhook's grant: a workspace, or with `orgWide` its organization. */
export interface InstallationOwner {
  readonly teamId?: string | undefined
  readonly enterpriseId?: string | undefined
  readonly orgWide: boolean
}

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly channelId: string
  readonly userId: string
  /** Allows five posts within thirty minutes. Secret: never logged. */
  readonly responseUrl?: string | undefined
  readonly threadTs?: string | undefined
}

/** The stored `details` of an installation. */
export interface Details {
  readonly botUserId?: string
  readonly appId?: string
  readonly scopes: readonly string[]
  /** By the service's clock, in milliseconds since 1970. */
  readonly installedAt: number
  /** When the bot token expires, if tokens are rotated. */
  readonly expiresAt?: number
}

/** Whether it is a certificate check, by POST or GET. It is not signed and proves nothing. */
export function isSslCheck({ method, query, body }: WebhookRequest): boolean {
  if (method === 'GET') return query.get('ssl_check') === '1'
  if (isJson(body) || body.length >= sslCheckLength || !body.includes('ssl_check')) return false
  return new URLSearchParams(body.toString()).get('ssl_check') === '1'
}

/** Whether the head may belong to a certificate check: those are short and declare their length. */
export function mayBeSslCheck({ path, headers }: WebhookHead): boolean {
  const isForm = String(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  if (path === '/events' && !isForm) return false
  return Number(headers['content-length'] ?? sslCheckLength) < sslCheckLength
}

const sslCheckLength = 1_000

/**
 * Reads a webhook's body, signed at `timestamp`. Apps made for Bolt use one address for everything, the one for events: then
 * the body decides. Throws HttpError if the body does not fit the address.
 */
export function readPayload({ path, body }: WebhookRequest, timestamp: string): SignedPayload {
  const text = body.toString('utf8')
  if (path === '/events' && isJson(body)) return readEnvelope(parseObject(text) ?? refuseBody())
  const form = new URLSearchParams(text)
  if (path === '/commands' || (path === '/events' && form.has('command'))) {
    return readCommand((field) => form.get(field), timestamp)
  }
  return readInteraction(parseObject(form.get('payload') ?? '') ?? refuseBody())
}

/** A form begins with a letter. */
function isJson(body: Buffer): boolean {
  return /^\s*[{["]/.test(body.toString('latin1', 0, 20))
}

/** Ids are letters and digits; stand-ins for the service may add `-` and `_`. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,60}$/.test(value) ? value : undefined
}

/** The parameters by name, not read yet. */
type Fields = Readonly<Record<string, unknown>>

/** Reads a slash command; `read` returns one of its fields. */
export function readCommand(read: (field: string) => unknown, fallbackId: string): SignedPayload {
  return {
    door: 'commands',
    command: {
      channel_id: readId(read('channel_id')),
      channel_name: readText(read('channel_name')),
      user_id: readId(read('user_id')),
      user_name: readText(read('user_name')),
      team_id: readId(read('team_id')),
      command: readText(read('command')),
      text: readText(read('text')),
      response_url: readText(read('response_url')),
      trigger_id: readText(read('trigger_id')),
      fallbackId,
    },
    owner: toOwner(read('team_id'), read('enterprise_id'), read('is_enterprise_install')),
  }
}

/** Reads what pressing a button sends. */
export function readInteraction(sent: Fields): SignedPayload {
  const [user, channel, container] = [asRecord(sent['user']), asRecord(sent['channel']), asRecord(sent['container'])]
  const [team, enterprise] = [asRecord(sent['team']), asRecord(sent['enterprise'])]
  const [message, actions] = [asRecord(sent['message']), sent['actions']]
  const action = Array.isArray(actions) ? asRecord(actions.find(isRecord)) : {}
  const owner = toOwner(team['id'] ?? user['team_id'], enterprise['id'], sent['is_enterprise_install'])
  return {
    door: 'interactivity',
    interaction: {
      type: sent['type'],
      user: { id: readId(user['id']), name: readText(user['username']) ?? readText(user['name']) },
      channel: { id: readId(channel['id']) ?? readId(container['channel_id']), name: readText(channel['name']) },
      origin: {
        teams: readIds(user['team_id']),
        // For an organization's app, `enterprise` is its owner, not the workspace's organization.
        workspaces: [
          toWorkspace(team['id'], team['enterprise_id'] ?? (owner.orgWide ? undefined : owner.enterpriseId)),
        ],
        shared: false,
      },
      thread_ts: readText(message['thread_ts']) ?? readText(container['thread_ts']),
      response_url: readText(sent['response_url']),
      trigger_id: readText(sent['trigger_id']),
      action: { value: readText(action['value']), action_ts: action['action_ts'] },
    },
    owner,
  }
}

/** Reads an event. */
export function readEnvelope(sent: Fields): SignedPayload {
  const { type, challenge, event_time, team_id, enterprise_id, authorizations, is_ext_shared_channel } = sent
  const event = asRecord(sent['event'])
  const teams = readIds(event['user_team'], event['source_team'])
  // In a shared channel the team may be the author's; the authorization is ours.
  const ours = Array.isArray(authorizations) ? authorizations.find(isRecord) : undefined
  return {
    door: 'events',
    envelope: {
      type,
      challenge: readText(challenge),
      event: readEvent(event),
      origin: {
        teams: teams.length > 0 ? teams : readIds(event['team']),
        workspaces: [toWorkspace(ours?.['team_id'], ours?.['enterprise_id']), toWorkspace(team_id, enterprise_id)],
        shared: is_ext_shared_channel === true,
      },
      event_time,
    },
    owner: ours
      ? toOwner(ours['team_id'] ?? team_id, ours['enterprise_id'], ours['is_enterprise_install'])
      : toOwner(team_id, enterprise_id, false),
  }
}

function readEvent(sent: Fields): SlackEvent {
  const { bot } = asRecord(sent['tokens'])
  return {
    type: sent['type'],
    subtype: sent['subtype'],
    bot_id: sent['bot_id'],
    user: readId(sent['user']),
    text: readText(sent['text']),
    channel: readId(sent['channel']),
    ts: readText(sent['ts']) ?? readText(sent['event_ts']),
    thread_ts: readText(sent['thread_ts']),
    tokens: { bot: Array.isArray(bot) ? bot : [] },
  }
}

function readIds(...values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) => readId(value) ?? [])
}

function toWorkspace(team: unknown, enterprise: unknown): Origin['workspaces'][number] {
  return { teamId: readId(team), enterpriseId: readId(enterprise) }
}

function toOwner(team: unknown, enterprise: unknown, orgWide: unknown): InstallationOwner {
  return {
    teamId: readId(team),
    enterpriseId: readId(enterprise),
    orgWide: orgWide === true || orgWide === 'true', // a string in forms, a boolean in JSON
  }
}
