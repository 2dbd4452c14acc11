import { isLoopback } from '../../../net/ssrf.js'
import { parseUrl } from '../../../shared/url.js'
import type { WebhookHead } from '../../platform.js'

/**
 * Whether a request comes directly from a program on this machine: not through a proxy, and not from a browser, which any web
 * page could use.
 */
export function isLocal({ peer, headers }: WebhookHead): boolean {
  const address = peer?.replace(/^::ffff:/, '')
  const isHere = isLoopback(address === '::1' ? '[::1]' : address)
  const host = parseUrl(`http://${headers['host'] ?? ''}`)?.hostname
  return isHere && isLoopback(host) && !foreign.some((name) => headers[name] !== undefined)
}

/** Headers that proxies and browsers add. */
const foreign = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'origin', 'sec-fetch-site']
