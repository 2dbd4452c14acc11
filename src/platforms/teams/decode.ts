import type { Installation } from '../../model/installation.js'
import type { Room, User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { asRecord } from '../../shared/json.js'
import type { Ack, DecodedRequest, Verified } from '../platform.js'
import { readButton } from './card/buttons.js'
import { toReplyTo } from './reply-target.js'
import { type Account, type Activity, type Mention, name, type Payload, roomIdOf } from './wire.js'

/** Decodes a line for the bot, or the line of a pressed button. */
export function decode({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest {
  const { door, activity, bodyHash } = payload
  const { type, id, from, conversation, mentions } = activity
  const line = readLine(activity, door)
  const ack = ackOf(type, line)
  const replyTo = toReplyTo(activity, door)
  if (!line || !from.id || !conversation.id || !replyTo || isBot(from)) return { ack }
  return {
    ack,
    invocation: {
      id: shortHash(name, installation.id, conversation.id, id ?? bodyHash),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: toRoom(activity, conversation.id),
      user: toCaller(from.id, activity, installation),
      text: line,
      mentions: mentions.filter((one) => !isOwn(one, activity, door)).map(toMentioned),
      at: whenTyped(activity, receivedAt),
      replyTo,
    },
  }
}

/** Replies are sent separately; the response to an invoke is shown next to the button. */
function ackOf(type: string | undefined, line: string | undefined): Ack {
  if (type !== 'invoke') return { status: 200 }
  const value = line ?? 'There is nothing behind this any more.'
  return { status: 200, body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value } }
}

function readLine(activity: Activity, door: Payload['door']): string | undefined {
  const { type, name: invoked, value, text } = activity
  if (type === 'invoke') {
    return invoked === 'adaptiveCard/action' ? readButton(asRecord(asRecord(value)['action'])['data']) : undefined
  }
  if (type !== 'message') return undefined
  return readButton(value) ?? readTyped(text ?? '', activity, door)
}

/**
 * Mentions, direct messages and menu commands are for the bot, with or without a slash. An app that may read all messages also
 * gets other talk, where a slash is required.
 */
function readTyped(text: string, activity: Activity, door: Payload['door']): string | undefined {
  const { mentions, recipient, conversation } = activity
  const own = mentions.filter((one) => isOwn(one, activity, door))
  const called = own.length > 0 || recipient.isTargeted || conversation.conversationType === 'personal'
  const others = mentions.filter((one) => !own.includes(one))
  const said = others.reduce(
    nameMentioned,
    own.reduce((left, { text: tag }) => left.replace(tag, ''), text),
  )
  const line = trim(door === 'webhook' && own.length === 0 ? said.replace(/^\s*<at>[^<]*<\/at>/, '') : said)
  if (!called && door !== 'webhook' && !line.startsWith('/')) return undefined
  const words = line.replace(/^[/／]/, '')
  return words === '' ? undefined : `/${words}`
}

/** Clients encode the space after a name as an entity. */
function trim(text: string): string {
  return text.replace(/^(?:&nbsp;|[ \t\r\n\xa0])+|(?:&nbsp;|[ \t\r\n\xa0])+$/g, '')
}

/** An Outgoing Webhook is mentioned by its name. */
function isOwn({ mentioned }: Mention, { recipient, mentions }: Activity, door: Payload['door']): boolean {
  if (door === 'webhook') return mentions[0]?.mentioned === mentioned
  return mentioned.id !== undefined && mentioned.id === recipient.id
}

/** Names contain spaces, but an option is one word. */
function nameMentioned(text: string, { text: tag, mentioned }: Mention): string {
  const title = toMentioned({ text: tag, mentioned }).name
  return text.replace(tag, () => (/\s/.test(title) ? `"@${title}"` : `@${title}`))
}

function toMentioned({ text, mentioned }: Mention): User {
  const title = (mentioned.name ?? text.replace(/<[^>]*>/g, '')).replace(/["“”„]/g, '').trim()
  return { id: mentioned.aadObjectId ?? mentioned.id ?? title, name: title, mention: title }
}

function isBot({ id, role }: Account): boolean {
  return role === 'bot' || id?.startsWith('28:') === true
}

/** In most teams, members may rename channels, so no rule matches by name. */
function toRoom({ channel, conversation, from }: Activity, conversationId: string): Room {
  const id = roomIdOf(conversationId)
  const personal = conversation.conversationType === 'personal' ? from.name : undefined
  return { id, name: channel.name ?? conversation.name ?? personal ?? id, untrustedName: true }
}

/** Identified by the directory id, which is the same in all apps. In shared channels, people of other tenants act too. */
function toCaller(id: string, { from, conversation, tenantId }: Activity, installation: Installation): User {
  const { aadObjectId, name: title = id, tenantId: own } = from
  const user: User = { id: aadObjectId ?? id, name: title, mention: title }
  const home = own?.toLowerCase()
  if (home) return home === installation.id ? { ...user, tenant: home } : { ...user, tenant: home, external: true }
  return conversation.tenantId && conversation.tenantId !== tenantId ? { ...user, external: true } : user
}

/** The service's time, if it is close to ours. */
function whenTyped({ timestamp }: Activity, receivedAt: number): number {
  const at = Date.parse(timestamp ?? '')
  return Math.abs(at - receivedAt) < 10 * 60_000 ? at : receivedAt
}
