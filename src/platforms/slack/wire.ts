import { HttpError } from '../../model/errors.js'
import { isRecord, parseObject } from '../../shared/json.js'
import type { WebhookRequest } from '../platform.js'
import { createRequestContext } from '../request-context.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'slack'

/** Messages longer than 4,000 characters cannot be edited. https://docs.slack.dev/reference/methods/chat.update */
export const textLimit = 3_900

/** A slash command's form. https://docs.slack.dev/interactivity/implementing-slash-commands */
export type Command = Readonly<Partial<Record<CommandField, string>>>

type CommandField =
  | 'team_id'
  | 'enterprise_id'
  | 'is_enterprise_install'
  | 'channel_id'
  | 'channel_name'
  | 'user_id'
  | 'user_name'
  | 'command'
  | 'text'
  | 'response_url'
  | 'trigger_id'
  | 'ssl_check'

/** What pressing a button sends. https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export interface Interaction {
  readonly type?: unknown
  readonly team?: { readonly id?: unknown } | null
  readonly enterprise?: { readonly id?: unknown } | null
  readonly is_enterprise_install?: unknown
  readonly user?: {
    readonly id?: unknown
    readonly name?: unknown
    readonly username?: unknown
    readonly team_id?: unknown
  }
  readonly channel?: { readonly id?: unknown; readonly name?: unknown }
  readonly container?: { readonly channel_id?: unknown; readonly thread_ts?: unknown; readonly message_ts?: unknown }
  readonly message?: { readonly thread_ts?: unknown }
  readonly response_url?: unknown
  readonly trigger_id?: unknown
  readonly actions?: readonly { readonly value?: unknown; readonly action_ts?: unknown }[]
}

/** What the Events API sends. https://docs.slack.dev/apis/events-api */
export interface Envelope {
  readonly type?: unknown
  readonly challenge?: unknown
  readonly team_id?: unknown
  readonly enterprise_id?: unknown
  readonly authorizations?: readonly {
    readonly team_id?: unknown
    readonly enterprise_id?: unknown
    readonly is_enterprise_install?: unknown
  }[]
  readonly event?: SlackEvent
  readonly event_id?: unknown
  readonly event_time?: unknown
}

/** What happened. */
export interface SlackEvent {
  readonly type?: unknown
  readonly subtype?: unknown
  readonly bot_id?: unknown
  readonly user?: unknown
  readonly text?: unknown
  readonly channel?: unknown
  readonly ts?: unknown
  readonly event_ts?: unknown
  readonly thread_ts?: unknown
  /** Whose tokens were revoked, of `tokens_revoked`. */
  readonly tokens?: { readonly bot?: unknown }
}

/** A webhook's body, by the door it came in. */
export type Payload =
  | { readonly door: 'commands'; readonly command: Command }
  | { readonly door: 'interactivity'; readonly interaction: Interaction }
  | { readonly door: 'events'; readonly envelope: Envelope }

/** Whose grant a webhook came by: a workspace's, or where `orgWide` its organisation's. */
export interface InstallationOwner {
  readonly teamId?: string | undefined
  readonly enterpriseId?: string | undefined
  readonly orgWide: boolean
}

/** What an invocation's `replyTo` holds. */
export interface ReplyTo {
  readonly channelId: string
  readonly userId: string
  /** Five posts within thirty minutes, wherever the caller is. It is a capability: kept out of logs. */
  readonly responseUrl?: string | undefined
  readonly threadTs?: string | undefined
}

/** What is kept of an installation: its `details`. */
export interface Details {
  readonly botUserId?: string
  readonly appId?: string
  readonly scopes: readonly string[]
  /** By the service's clock, in milliseconds since 1970. */
  readonly installedAt: number
  /** When the bot token stops working, where tokens are rotated. */
  readonly expiresAt?: number
}

/** A webhook's body, parsed once per request. Throws HttpError where it is not what its door takes. */
export function readPayload(request: WebhookRequest): Payload {
  const known = payloads.of(request)
  if (known) return known
  const payload = parse(request)
  payloads.set(request, payload)
  return payload
}

const payloads = createRequestContext<Payload>()

/** A look at our certificate, by POST or GET. It is not signed, and says nothing that could be believed. */
export function isSslCheck({ method, path, query, body }: WebhookRequest): boolean {
  if (method === 'GET') return query.get('ssl_check') === '1'
  if (path === '/events' || body.length >= 1_000 || !body.includes('ssl_check')) return false
  return new URLSearchParams(body.toString()).get('ssl_check') === '1'
}

/** Whose grant it came by. Worth something only after the signature is proven. */
export function ownerOf(payload: Payload): InstallationOwner {
  switch (payload.door) {
    case 'commands': {
      const { team_id, enterprise_id, is_enterprise_install } = payload.command
      return toOwner(team_id, enterprise_id, is_enterprise_install)
    }
    case 'interactivity': {
      const { team, user, enterprise, is_enterprise_install } = payload.interaction
      return toOwner(team?.id ?? user?.team_id, enterprise?.id, is_enterprise_install)
    }
    case 'events': {
      // In a channel that is shared the team may be the author's; the authorization is ours.
      const { authorizations, team_id, enterprise_id } = payload.envelope
      const [ours] = authorizations ?? []
      return ours
        ? toOwner(ours.team_id ?? team_id, ours.enterprise_id, ours.is_enterprise_install)
        : toOwner(team_id, enterprise_id, false)
    }
  }
}

/** Ids are letters and digits; what stands in for the service may join them. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,60}$/.test(value) ? value : undefined
}

function parse({ path, body }: WebhookRequest): Payload {
  const text = body.toString('utf8')
  if (path === '/events') return { door: 'events', envelope: readEnvelope(readObject(text)) }
  const form = new URLSearchParams(text)
  if (path === '/commands') return { door: 'commands', command: Object.fromEntries(form) as Command }
  return { door: 'interactivity', interaction: readInteraction(readObject(form.get('payload') ?? '')) }
}

function readObject(json: string): Record<string, unknown> {
  const parsed = parseObject(json)
  if (!parsed) throw new HttpError('The body is no JSON object.', 400)
  return parsed
}

function readEnvelope({ event, authorizations, ...rest }: Record<string, unknown>): Envelope {
  return {
    ...rest,
    ...(Array.isArray(authorizations) ? { authorizations: authorizations.filter(isRecord) } : {}),
    ...(isRecord(event) ? { event: readEvent(event) } : {}),
  }
}

function readEvent({ tokens, ...rest }: Record<string, unknown>): SlackEvent {
  return { ...rest, ...(isRecord(tokens) ? { tokens } : {}) }
}

function readInteraction(sent: Record<string, unknown>): Interaction {
  const { team, enterprise, user, channel, container, message, actions, ...rest } = sent
  const records = Object.entries({ team, enterprise, user, channel, container, message }).filter(([, part]) =>
    isRecord(part),
  )
  return {
    ...rest,
    ...(Object.fromEntries(records) as Partial<Interaction>),
    ...(Array.isArray(actions) ? { actions: actions.filter(isRecord) } : {}),
  }
}

function toOwner(team: unknown, enterprise: unknown, orgWide: unknown): InstallationOwner {
  return {
    teamId: readId(team),
    enterpriseId: readId(enterprise),
    orgWide: orgWide === true || orgWide === 'true', // forms have the word, JSON the value
  }
}
