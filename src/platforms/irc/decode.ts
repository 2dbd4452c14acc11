import type { User } from '../../model/invocation.js'
import type { DecodedRequest, Verified } from '../platform.js'
import { name, type Payload, type ReplyTo } from './wire.js'

/** Decodes a line: `!deploy status`, `bot: deploy status`, `/deploy status`, and in private `deploy status`. */
export function decode({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest {
  const { channel, nick, nickId, source, mentioned, lineId } = payload
  const text = readLine(payload)
  if (text === undefined) return { ack }
  const replyTo: ReplyTo = { ...(channel ? { channel } : {}), source }
  return {
    ack,
    invocation: {
      id: lineId,
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: channel ? toRoom(channel) : { id: nickId, name: nick, untrustedName: true },
      user: toCaller(payload),
      text,
      mentions: mentioned.map(toMentioned),
      at: receivedAt,
      replyTo,
    },
  }
}

/** A channel as a room: `#ops` is named ops; other prefixes stay, so that no two rooms have the same name. */
export function toRoom(channel: string): { readonly id: string; readonly name: string } {
  return { id: channel, name: channel.replace(/^#(?=.)/, '') }
}

/** Unused: nothing is acknowledged over a connection. */
const ack = { status: 200 }

function readLine({ text, channel, ownNicks }: Payload): string | undefined {
  const said = withoutFormatting(text).trim()
  const called = withoutNick(said, ownNicks)
  const line = (called ?? said).replace(/^[!/／](?=\p{L})/u, '/')
  if (line.startsWith('/')) return /^\/\p{L}/u.test(line) ? line : undefined
  const isForUs = called !== undefined || channel === undefined
  return isForUs && /^\p{L}/u.test(line) ? `/${line}` : undefined
}

/** The line after `bot: `, `bot, ` or `@bot `; undefined if it is not addressed to the bot. */
function withoutNick(said: string, ownNicks: readonly string[]): string | undefined {
  const [, at = '', nick = '', sign = '', rest = ''] = /^(@?)([^\s:,]+)([:,]?)\s*(.*)$/s.exec(said) ?? []
  const isOwn = ownNicks.some((own) => own.toLowerCase() === nick.toLowerCase())
  return isOwn && (at || sign) ? rest : undefined
}

/** Removes formatting and other control characters. https://modern.ircdocs.horse/formatting.html */
function withoutFormatting(text: string): string {
  return text.replace(
    /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-f]{6}(?:,[\da-f]{6})?)?|[\x00-\x08\x0a-\x1f\x7f]/gi,
    '',
  )
}

/**
 * People who are logged in are identified by their account, which nobody else can use. For others, the server gives
 * nick, user and host: enough to tell them apart, but anybody can take the nick.
 */
function toCaller({ account, nick, nickId, source }: Payload): User {
  const called = { name: nick, mention: nick }
  if (account) return { id: account.toLowerCase(), ...called, handle: account }
  return { id: nickId + source.slice(nick.length), ...called, unproven: true }
}

/** Whoever has the nick: it does not prove who that is. */
function toMentioned(nick: string): User {
  return { id: `${nick}!*@*`, name: nick, mention: nick, unproven: true }
}
