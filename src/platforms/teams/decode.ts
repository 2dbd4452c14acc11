import type { Installation } from '../../model/installation.js'
import type { Room, User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { asRecord } from '../../shared/json.js'
import type { Ack, DecodedRequest, Verified } from '../platform.js'
import { readButton } from './card/buttons.js'
import { toReplyTo } from './reply-target.js'
import { type Account, type Activity, type Mention, name, type Payload, roomIdOf } from './wire.js'

/** Says what was asked: a line for the bot, or the line that a pressed button types. */
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

/** Replies come on their own; what an invoke is answered with is shown beside the button. */
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
 * Who calls the bot by name, in private or by a slash command of its menu means it, with a slash or without. An app that was
 * let read all that is said hears other talk too: there a slash must stand in front.
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

/** Clients write a blank behind a name as an entity. */
function trim(text: string): string {
  return text.replace(/^(?:&nbsp;|[ \t\r\n\xa0])+|(?:&nbsp;|[ \t\r\n\xa0])+$/g, '')
}

/** An Outgoing Webhook is called by its name, which is all that it has. */
function isOwn({ mentioned }: Mention, { recipient, mentions }: Activity, door: Payload['door']): boolean {
  if (door === 'webhook') return mentions[0]?.mentioned === mentioned
  return mentioned.id !== undefined && mentioned.id === recipient.id
}

/** Names have blanks in them, and an option is one word. */
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

/** Whoever is in a room may name it, in most teams: no rule knows it by its name. */
function toRoom({ channel, conversation, from }: Activity, conversationId: string): Room {
  const id = roomIdOf(conversationId)
  const personal = conversation.conversationType === 'personal' ? from.name : undefined
  return { id, name: channel.name ?? conversation.name ?? personal ?? id, untrustedName: true }
}

/** Known by the directory's id, which is the same in all apps. In a shared channel people of other tenants act too. */
function toCaller(id: string, { from, conversation, tenantId }: Activity, installation: Installation): User {
  const { aadObjectId, name: title = id, tenantId: own } = from
  const user: User = { id: aadObjectId ?? id, name: title, mention: title }
  const home = own?.toLowerCase()
  if (home) return home === installation.id ? { ...user, tenant: home } : { ...user, tenant: home, external: true }
  return conversation.tenantId && conversation.tenantId !== tenantId ? { ...user, external: true } : user
}

/** The service's word, where it is not far from our clock. */
function whenTyped({ timestamp }: Activity, receivedAt: number): number {
  const at = Date.parse(timestamp ?? '')
  return Math.abs(at - receivedAt) < 10 * 60_000 ? at : receivedAt
}
