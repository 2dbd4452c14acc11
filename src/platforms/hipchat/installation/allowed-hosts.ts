import { ConfigError } from '../../../model/errors.js'
import { isLoopback } from '../../../net/ssrf.js'
import { createCache } from '../../../shared/cache.js'

/** The servers that may install the bot and be called. */
export interface AllowedHosts {
  /** The address if its host and scheme are allowed; otherwise undefined. */
  admit(address: unknown): URL | undefined
  /** True if this exact host is listed: then it may be in a private network. */
  named(url: URL): boolean
}

/** Reads HIPCHAT_HOSTS. Throws ConfigError. */
export function readAllowedHosts(setting: string | undefined): AllowedHosts {
  const entries = (setting?.trim() || '*.hipchat.com').split(',').flatMap((part) => readEntry(part.trim()))
  if (entries.length === 0) throw new ConfigError('HIPCHAT_HOSTS names no host.')
  const matches = (url: URL) => entries.filter((entry) => entry.matches(url))
  const admitted = createCache<URL>({ max: 1_000 }) // the same addresses are used again and again
  return {
    admit(address) {
      if (typeof address !== 'string' || address.length > 2_000) return undefined
      const known = admitted.get(address)
      if (known || !URL.canParse(address)) return known
      const url = new URL(address)
      if (url.username || url.password || matches(url).length === 0) return undefined
      admitted.set(address, url)
      return url
    },
    named: (url) => matches(url).some(({ exact }) => exact),
  }
}

interface Entry {
  readonly exact: boolean
  matches(url: URL): boolean
}

function readEntry(text: string): readonly Entry[] {
  if (text === '') return []
  const [, wildcard, host, port] = /^(\*\.)?([^*/@?#\s:]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (!host || !isHost(host) || Number(port ?? 443) > 65_535) {
    throw new ConfigError(`HIPCHAT_HOSTS: "${text}" is not a host; write chat.example.com or *.example.com.`)
  }
  const { hostname } = new URL(`https://${host}`) // lower case, punycode, normalized addresses
  if (wildcard) return [{ exact: false, matches: (url) => isPlain(url, port) && url.hostname.endsWith(`.${hostname}`) }]
  const fits = isLoopback(hostname) ? fitsLoopback : isPlain
  return [{ exact: true, matches: (url) => url.hostname === hostname && fits(url, port) }]
}

function isHost(text: string): boolean {
  return URL.canParse(`https://${text}`) && !/^\.|\.\./.test(text)
}

function isPlain(url: URL, port = ''): boolean {
  return url.protocol === 'https:' && url.port === (port === '443' ? '' : port)
}

/** A local server has no certificate and may use any port. */
function fitsLoopback(url: URL, port?: string): boolean {
  return /^https?:$/.test(url.protocol) && (port === undefined || portOf(url) === port)
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}
