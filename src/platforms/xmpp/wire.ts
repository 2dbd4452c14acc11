import { parseObject } from '../../shared/json.js'

/** The platform's name. */
export const name = 'xmpp'

/**
 * The maximum length of a message in characters. prosody ends the stream if a stanza exceeds 262,144 bytes; ejabberd,
 * as packaged, lets 3,000 bytes per second through, and everything behind a long message waits.
 */
export const textLimit = 4_000

/** The namespaces of elements, by extension. https://xmpp.org/extensions/ */
export const ns = {
  streams: 'http://etherx.jabber.org/streams',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  muc: 'http://jabber.org/protocol/muc',
  mucUser: 'http://jabber.org/protocol/muc#user',
  mucOwner: 'http://jabber.org/protocol/muc#owner',
  form: 'jabber:x:data',
  discoInfo: 'http://jabber.org/protocol/disco#info',
  ping: 'urn:xmpp:ping',
  delay: 'urn:xmpp:delay',
  streamManagement: 'urn:xmpp:sm:3',
  correct: 'urn:xmpp:message-correct:0',
  reply: 'urn:xmpp:reply:0',
  styling: 'urn:xmpp:styling:0',
  stanzaId: 'urn:xmpp:sid:0',
  occupantId: 'urn:xmpp:occupant-id:0',
} as const

/** An element, as parsed by the library. */
export interface Element {
  readonly name: string
  readonly attrs: Readonly<Record<string, string | undefined>>
  is(name: string, xmlns?: string): boolean
  getChild(name: string, xmlns?: string): Element | undefined
  getChildren(name: string, xmlns?: string): readonly Element[]
  getChildElements(): readonly Element[]
  getChildText(name: string, xmlns?: string): string | null
  text(): string
  toString(): string
}

/** Somebody in a room, as the room shows them. */
export interface Occupant {
  readonly nick: string
  /** The room's permanent id for them, if it assigns any. https://xmpp.org/extensions/xep-0421.html */
  readonly occupantId: string | undefined
  /** Their address, if the room shows it. */
  readonly jid: string | undefined
  /** Our own id for this stay, if nothing else distinguishes them from others who take the nick later. */
  readonly stay: string
  /** `owner`, `admin` or `member`, and `moderator`. */
  readonly roles: readonly string[]
}

/** A message: in a room, private from an occupant of a room, or direct to the bot's address. */
export interface Payload {
  readonly door: 'room' | 'private' | 'direct'
  readonly body: string
  /** The same each time this message arrives; random if nothing in it identifies it. */
  readonly key: string
  /** The room's address, or the person's. */
  readonly place: string
  /** Undefined at the bot's own address. */
  readonly occupant: Occupant | undefined
  /** The bot's nicks there. */
  readonly nicks: readonly string[]
  /** The room's id for the message, if it keeps an archive. */
  readonly stanzaId: string | undefined
  readonly at: number
}

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly door: Payload['door']
  readonly place: string
  /** The caller's `personId`; undefined if the bot posts unasked. */
  readonly person?: string
  readonly nick?: string
  readonly stanzaId?: string
}

/** A message to send. */
export interface Message {
  readonly to: string
  readonly type: 'groupchat' | 'chat'
  readonly id: string
  readonly body: string
  /** True if nothing in it is markup. https://xmpp.org/extensions/xep-0393.html */
  readonly unstyled: boolean
  /** True for a private message to an occupant of a room. */
  readonly isPrivate?: boolean
  /** The id of the message that it replaces. */
  readonly replaces?: string | undefined
  /** The message that it answers. */
  readonly answers?: { readonly to: string; readonly id: string } | undefined
}

/** The id of an occupant, by the strongest proof there is. A nick proves nothing, because anybody can take it. */
export function personId({ jid, occupantId, stay }: Occupant): string {
  return jid ?? (occupantId ? `occupant:${occupantId}` : `stay:${stay}`)
}

/** The address without its resource. */
export function bareOf(jid: string): string {
  return jid.split('/', 1)[0]?.toLowerCase() ?? ''
}

/** The resource: in a room, the nick. */
export function resourceOf(jid: string): string {
  const at = jid.indexOf('/')
  return at < 0 ? '' : jid.slice(at + 1)
}

/** The part before `@`. */
export function localOf(jid: string): string {
  return jid.split('@', 1)[0] ?? ''
}

/** When it was sent, according to `by`, the room or the server. Delays stamped by others prove nothing. */
export function delayOf(stanza: Element, by: string): number | undefined {
  const delay = stanza.getChildren('delay', ns.delay).find(({ attrs }) => attrs['from'] === by)
  const at = Date.parse(delay?.attrs['stamp'] ?? '')
  return Number.isNaN(at) ? undefined : at
}

/** Removes characters that would end the stream, and terminal colors as whole sequences. */
export function toLegible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\x1b\[[\d;?]*[ -/]*[@-~]/g, '')
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/g, '')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
}

/** Reads an invocation's `replyTo`; undefined if it is not one of ours. */
export function readReplyTo(value: unknown): ReplyTo | undefined {
  const { door, place, person, nick, stanzaId } = parseObject(JSON.stringify(value) ?? '') ?? {}
  if ((door !== 'room' && door !== 'private' && door !== 'direct') || typeof place !== 'string') return undefined
  return {
    door,
    place,
    ...(typeof person === 'string' ? { person } : {}),
    ...(typeof nick === 'string' ? { nick } : {}),
    ...(typeof stanzaId === 'string' ? { stanzaId } : {}),
  }
}
