import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { DecodedRequest } from '../platform.js'
import { toUser } from './decode-user.js'
import { unescapeText } from './unescape-text.js'
import { type Envelope, name, type ReplyTo, type SlackEvent } from './wire.js'

/**
 * Where slash commands cannot go, in threads, `!deploy` is typed, or the bot is called by name.
 * https://docs.slack.dev/reference/events/message https://docs.slack.dev/reference/events/app_mention
 */
export function decodeEvent(envelope: Envelope, installation: Installation, at: number): DecodedRequest {
  const { type, challenge, event, origin } = envelope
  if (type === 'url_verification') return { ack: { status: 200, body: { challenge: challenge ?? '' } } }
  const { channel, user, ts, thread_ts } = event
  const line = readLine(event, installation.details['botUserId'])
  const asked = type === 'event_callback' && installation.id !== ''
  if (!asked || !line || !channel || !user || !ts) return { ack }
  const replyTo: ReplyTo = { channelId: channel, userId: user, ...(thread_ts ? { threadTs: thread_ts } : {}) }
  return {
    ack,
    invocation: {
      // The message's own id: it is the same in each retry, and where the bot hears of a message by two events.
      id: shortHash(name, installation.id, channel, ts),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: channel, name: channel },
      user: toUser(user, user, origin, installation.id),
      ...unescapeText(line),
      at: whenTyped(ts) ?? at,
      replyTo,
    },
  }
}

const ack = { status: 200 }

/** The line that somebody typed for us; undefined for what bots say, for edits, and for all other talk. */
function readLine({ type, subtype, bot_id, user, text = '' }: SlackEvent, botUserId: unknown): string | undefined {
  const said = text.trimStart()
  const byPerson = !bot_id && user !== botUserId && (subtype === undefined || typed.has(subtype))
  if (!byPerson) return undefined
  const [call] = /^<@[\w-]+(?:\|[^>]*)?>[\s,:]*/.exec(said) ?? []
  if (type === 'app_mention' && call) {
    const rest = said.slice(call.length).replace(/^[!/／]/, '')
    return rest === '' ? undefined : `/${rest}`
  }
  return type === 'message' && /^!\p{L}/u.test(said) ? `/${said.slice(1)}` : undefined
}

/** What else people type: a reply that is shown in the channel too, and what goes with a file. */
const typed = new Set<unknown>(['thread_broadcast', 'file_share'])

function whenTyped(ts: string): number | undefined {
  return /^\d{9,11}\.\d{1,6}$/.test(ts) ? Math.floor(Number(ts) * 1_000) : undefined
}
