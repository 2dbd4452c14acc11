import { ConfigError } from '../../model/errors.js'
import { parseUrl } from '../../shared/url.js'
import { readYesNo } from '../read-yes-no.js'

/** The operator's settings for XMPP. */
export interface Settings {
  /** The account's address, without a resource: `bot@chat.example`. */
  readonly jid: string
  readonly username: string
  readonly domain: string
  readonly password: string
  /** Where the server is; if left out, it is found through DNS. */
  readonly server: Server | undefined
  /** Whether connections to other machines may be unencrypted. */
  readonly allowPlain: boolean
  /** The SHA-256 that the server's certificate must have, in hexadecimal without colons. */
  readonly fingerprint: string | undefined
  readonly nick: string
  readonly rooms: readonly RoomSetting[]
}

/** A server's address. */
export interface Server {
  readonly host: string
  readonly port: number
  /** True if the connection begins with TLS; otherwise TLS starts within the stream. */
  readonly tls: boolean
}

/** A room to join. */
export interface RoomSetting {
  /** Its address: `ops@rooms.chat.example`. */
  readonly id: string
  readonly password: string | undefined
}

/** Reads the settings; undefined if XMPP_JID is not set. Throws ConfigError, which reveals no password. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings | undefined {
  const given = env['XMPP_JID']?.trim()
  if (!given) return undefined
  const [, username = '', domain = ''] = address.exec(given) ?? []
  if (!username) throw new ConfigError('XMPP_JID must be an address like bot@chat.example.com.')
  const password = env['XMPP_PASSWORD']
  if (!password) throw new ConfigError('XMPP_PASSWORD must be set when XMPP_JID is.')
  return {
    jid: `${username}@${domain}`.toLowerCase(),
    username,
    domain: domain.toLowerCase(),
    password,
    server: readServer(env['XMPP_SERVICE']?.trim()),
    allowPlain: readYesNo('XMPP_ALLOW_PLAIN', env),
    fingerprint: readFingerprint(env['XMPP_TLS_FINGERPRINT']),
    nick: readNick(env['XMPP_NICK']?.trim() || username),
    rooms: readRooms(env['XMPP_ROOMS'] ?? ''),
  }
}

/** `local@domain`; these characters are not allowed in the local part. */
const address = /^([^\s"&'/:<>@]{1,1023})@([^\s"&'/:<>@]{1,1023})$/

function readServer(given: string | undefined): Server | undefined {
  if (!given) return undefined
  const url = parseUrl(given)
  const isBare = url && !(url.username || url.password || url.search || url.hash || !/^\/?$/.test(url.pathname))
  if (!isBare || !/^xmpps?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConfigError('XMPP_SERVICE must be an address such as xmpp://chat.example.com:5222, or xmpps://….')
  }
  const tls = url.protocol === 'xmpps:'
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (tls ? 5223 : 5222), tls }
}

/** As openssl prints it, with or without colons. */
function readFingerprint(given: string | undefined): string | undefined {
  const fingerprint = given
    ?.trim()
    .replace(/^sha-?256[ :=]?(fingerprint=)?/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (!fingerprint) return undefined
  if (!/^[\da-f]{64}$/.test(fingerprint)) {
    throw new ConfigError('XMPP_TLS_FINGERPRINT must be the SHA-256 of a certificate: 64 hexadecimal digits.')
  }
  return fingerprint
}

function readNick(nick: string): string {
  if (/[\p{Cc}\p{Cf}]/u.test(nick) || Buffer.byteLength(nick) > 100) {
    throw new ConfigError('XMPP_NICK must be a single line of at most 100 bytes.')
  }
  return nick
}

/** `ops@rooms.example.com, dev@rooms.example.com its-password` */
function readRooms(given: string): readonly RoomSetting[] {
  const entries = given.split(',').flatMap((entry) => (entry.trim() ? [entry.trim()] : []))
  const rooms = entries.map((entry, at) => {
    const [, id = '', password] = /^(\S+)(?:\s+(.+))?$/.exec(entry) ?? []
    if (!address.test(id)) {
      throw new ConfigError(
        `XMPP_ROOMS: entry ${at + 1} must be a room like ops@rooms.example.com, followed by a space and its password if it has one.`,
      )
    }
    return { id: id.toLowerCase(), password }
  })
  return [...new Map(rooms.map((room) => [room.id, room])).values()]
}
