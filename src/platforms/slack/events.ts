import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import { readText } from '../../shared/json.js'
import type { DecodedRequest } from '../platform.js'
import { unescapeText } from './unescape-text.js'
import { type Envelope, name, type ReplyTo, readId, type SlackEvent } from './wire.js'

/**
 * Where slash commands cannot go, in threads, `!deploy` is typed, or the bot is called by name.
 * https://docs.slack.dev/reference/events/message https://docs.slack.dev/reference/events/app_mention
 */
export function decodeEvent(envelope: Envelope, installation: Installation, at: number): DecodedRequest {
  const { type, challenge, event } = envelope
  if (type === 'url_verification') return { ack: { status: 200, body: { challenge: readText(challenge) ?? '' } } }
  const [channelId, userId, ts] = [
    readId(event?.channel),
    readId(event?.user),
    readText(event?.ts) ?? readText(event?.event_ts),
  ]
  const line = event && readLine(event, readId(installation.details['botUserId']))
  const asked = type === 'event_callback' && installation.id !== ''
  if (!asked || !line || !channelId || !userId || !ts) return { ack }
  const threadTs = readText(event.thread_ts)
  const replyTo: ReplyTo = { channelId, userId, ...(threadTs ? { threadTs } : {}) }
  return {
    ack,
    invocation: {
      // The message's own id: it is the same in each retry, and where the bot hears of a message by two events.
      id: shortHash(name, installation.id, channelId, ts),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: channelId, name: channelId },
      user: { id: userId, name: userId, mention: userId },
      ...unescapeText(line),
      at: whenTyped(ts) ?? at,
      replyTo,
    },
  }
}

const ack = { status: 200 }

/** The line that somebody typed for us; undefined for what bots say, for edits, and for all other talk. */
function readLine({ type, subtype, bot_id, user, text }: SlackEvent, botUserId: string | undefined) {
  const said = typeof text === 'string' ? text.trimStart() : ''
  const byPerson = !bot_id && user !== botUserId && (subtype === undefined || subtype === 'thread_broadcast')
  if (!byPerson) return undefined
  const [call] = /^<@[\w-]+(?:\|[^>]*)?>[\s,:]*/.exec(said) ?? []
  if (type === 'app_mention' && call) {
    const rest = said.slice(call.length).replace(/^[!/／]/, '')
    return rest === '' ? undefined : `/${rest}`
  }
  return type === 'message' && /^!\p{L}/u.test(said) ? `/${said.slice(1)}` : undefined
}

function whenTyped(ts: string): number | undefined {
  return /^\d{9,11}\.\d{1,6}$/.test(ts) ? Math.floor(Number(ts) * 1_000) : undefined
}
