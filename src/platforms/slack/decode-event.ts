import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { DecodedRequest } from '../platform.js'
import { toUser } from './decode-user.js'
import { unescapeText } from './unescape-text.js'
import { type Envelope, name, type ReplyTo, type SlackEvent } from './wire.js'

/**
 * For threads, where slash commands do not work: `!deploy`, or a mention of the bot.
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
      // The message's own id is the same in retries, and in both events if the bot gets two.
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

/** The typed command; undefined for bots, edits and other messages. */
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

/** Message subtypes that people write: replies that are also sent to the channel, and texts with a file. */
const typed = new Set<unknown>(['thread_broadcast', 'file_share'])

function whenTyped(ts: string): number | undefined {
  return /^\d{9,11}\.\d{1,6}$/.test(ts) ? Math.floor(Number(ts) * 1_000) : undefined
}
