import { isLoopback } from '../../../net/ssrf.js'
import { parseUrl } from '../../../shared/url.js'
import type { WebhookHead } from '../../platform.js'

/**
 * Whether a request comes from a program on this machine, by nobody's order: not through a proxy, which is on this machine
 * too, and not from a browser, which any page can make send.
 */
export function isLocal({ peer, headers }: WebhookHead): boolean {
  const address = peer?.replace(/^::ffff:/, '')
  const isHere = isLoopback(address === '::1' ? '[::1]' : address)
  const host = parseUrl(`http://${headers['host'] ?? ''}`)?.hostname
  return isHere && isLoopback(host) && !foreign.some((name) => headers[name] !== undefined)
}

/** What proxies and browsers add. */
const foreign = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'origin', 'sec-fetch-site']
