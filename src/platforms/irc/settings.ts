import { ConfigError } from '../../model/errors.js'
import { parseUrl } from '../../shared/url.js'
import { readYesNo } from '../read-yes-no.js'

/** The operator's settings for IRC. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** The SHA-256 that the server's certificate must have, in hexadecimal without colons. */
  readonly fingerprint: string | undefined
  readonly nick: string
  /** The account to log in to: IRC_ACCOUNT, otherwise the nick. */
  readonly account: string
  readonly isAccountGiven: boolean
  readonly password: string | undefined
  readonly channels: readonly Channel[]
}

/** A channel to join. */
export interface Channel {
  /** As written in IRC_CHANNELS. */
  readonly name: string
  /** The name in lower case: the channel's id in policy rules and as a room. */
  readonly id: string
  readonly key: string | undefined
}

/** Reads the settings; undefined if IRC_URL is not set. Throws ConfigError, which reveals no password or key. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings | undefined {
  const given = env['IRC_URL']?.trim()
  if (!given) return undefined
  const { host, port, tls } = readServer(given)
  const allowPlain = readYesNo('IRC_ALLOW_PLAIN', env)
  if (!tls && !isLoopback(host) && !allowPlain) {
    throw new ConfigError('IRC_URL is not encrypted: write ircs://…, or set IRC_ALLOW_PLAIN=yes.')
  }
  const nick = readNick(env['IRC_NICK']?.trim() || 'slashroom')
  const account = env['IRC_ACCOUNT']?.trim()
  const password = env['IRC_PASSWORD'] || undefined
  if (password !== undefined && /[\r\n\0]/.test(password)) throw new ConfigError('IRC_PASSWORD must be a single line.')
  if (account && !password) throw new ConfigError('IRC_PASSWORD must be set when IRC_ACCOUNT is.')
  if (account && /[\s\0]/.test(account)) throw new ConfigError('IRC_ACCOUNT must be a single word.')
  return {
    ...{ host, port, tls, nick, password },
    fingerprint: readFingerprint(env['IRC_TLS_FINGERPRINT'], tls),
    account: account || nick,
    isAccountGiven: Boolean(account),
    channels: readChannels(env['IRC_CHANNELS'] ?? ''),
  }
}

function readServer(given: string): Pick<Settings, 'host' | 'port' | 'tls'> {
  const url = parseUrl(given)
  const isBare = url && !(url.username || url.password || url.search || url.hash || !/^\/?$/.test(url.pathname))
  if (!isBare || !/^ircs?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConfigError('IRC_URL must be an address such as ircs://irc.example.com:6697, with nothing else in it.')
  }
  const tls = url.protocol === 'ircs:'
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (tls ? 6697 : 6667), tls }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Servers differ in what a nick may contain, but none allows these characters. */
function readNick(nick: string): string {
  if (!/^[^\s\d:#&!@,*?$+%~.-][^\s:!@,*?.]*$/u.test(nick)) {
    throw new ConfigError('IRC_NICK must be a single word that begins with a letter.')
  }
  return nick
}

/** As openssl prints it, with or without colons. */
function readFingerprint(given: string | undefined, tls: boolean): string | undefined {
  const fingerprint = given
    ?.trim()
    .replace(/^sha-?256[ :=]?(fingerprint=)?/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (!fingerprint) return undefined
  if (!/^[\da-f]{64}$/.test(fingerprint)) {
    throw new ConfigError('IRC_TLS_FINGERPRINT must be the SHA-256 of a certificate: 64 hexadecimal digits.')
  }
  if (!tls) throw new ConfigError('IRC_TLS_FINGERPRINT needs an IRC_URL that begins with ircs://.')
  return fingerprint
}

/** `#ops, #dev its-key` */
function readChannels(given: string): readonly Channel[] {
  const entries = given.split(',').flatMap((entry) => (entry.trim() ? [entry.trim().split(/\s+/)] : []))
  const odd = entries.findIndex(([name = '', , more]) => !/^[#&+!][^\s\x07,]{0,199}$/.test(name) || more !== undefined)
  if (odd >= 0) {
    throw new ConfigError(
      `IRC_CHANNELS: entry ${odd + 1} must be a channel like #ops, followed by a space and its key if it has one.`,
    )
  }
  const channels = entries.map(([name = '', key]) => ({ name, id: name.toLowerCase(), key }))
  return [...new Map(channels.map((channel) => [channel.id, channel])).values()]
}
