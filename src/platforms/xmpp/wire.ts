import { parseObject } from '../../shared/json.js'

/** The service's own name for itself. */
export const name = 'xmpp'

/**
 * The most that one text may have, in characters. prosody ends the stream over a stanza of 262,144 bytes; ejabberd, as it is
 * packaged, lets 3,000 bytes a second through, and everything behind a long one waits.
 */
export const textLimit = 4_000

/** Names of what stanzas carry, by their extension (https://xmpp.org/extensions/). */
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

/** An element, as the library reads it. */
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
  /** The room's own name for them that lasts, where it has one: https://xmpp.org/extensions/xep-0421.html */
  readonly occupantId: string | undefined
  /** Their address, where the room shows it. */
  readonly jid: string | undefined
  /** Ours for this stay of theirs: where nothing else tells them from others who take the nick later. */
  readonly stay: string
  /** `owner`, `admin` or `member`, and `moderator`. */
  readonly roles: readonly string[]
}

/** What somebody said, in the room, to the bot alone out of a room, or to its address. */
export interface Payload {
  readonly door: 'room' | 'private' | 'direct'
  readonly body: string
  /** Made of what is the same whenever this message comes; random where nothing is. */
  readonly key: string
  /** The room's address, or the person's. */
  readonly place: string
  /** Undefined at the bot's own address. */
  readonly occupant: Occupant | undefined
  /** What the bot is called there. */
  readonly nicks: readonly string[]
  /** The room's name for the message, where it keeps an archive. */
  readonly stanzaId: string | undefined
  readonly at: number
}

/** What an invocation's `replyTo` holds. */
export interface ReplyTo {
  readonly door: Payload['door']
  readonly place: string
  /** Who asked, as `personId` names them; nobody where the bot speaks unasked. */
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
  /** True where no sign in it means anything: https://xmpp.org/extensions/xep-0393.html */
  readonly unstyled: boolean
  /** True for one to an occupant of a room. */
  readonly isPrivate?: boolean
  /** Id of the message whose place it takes. */
  readonly replaces?: string | undefined
  /** What it answers. */
  readonly answers?: { readonly to: string; readonly id: string } | undefined
}

/** The id of somebody in a room: what proves most. A nick proves nothing: anybody can take it. */
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

/** What stands before the sign. */
export function localOf(jid: string): string {
  return jid.split('@', 1)[0] ?? ''
}

/** When it was said, by the word of the room or the server: what others put beside it counts for nothing. */
export function delayOf(stanza: Element, by: string): number | undefined {
  const delay = stanza.getChildren('delay', ns.delay).find(({ attrs }) => attrs['from'] === by)
  const at = Date.parse(delay?.attrs['stamp'] ?? '')
  return Number.isNaN(at) ? undefined : at
}

/** What may stand in a stanza: the rest ends the stream. A terminal's colours go as a whole. */
export function toLegible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\x1b\[[\d;?]*[ -/]*[@-~]/g, '')
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/g, '')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
}

/** Reads a sealed `replyTo`; undefined for what is none of ours. */
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
