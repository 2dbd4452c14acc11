import { isLoopback } from '../net/ssrf.js'
import { parseUrl } from '../shared/url.js'
import type { Platform } from './platform.js'

/** The platforms whose webhooks cannot reach the bot, because they require a public https address. */
export function platformsOutOfReach(
  platforms: readonly Platform[],
  baseUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const url = parseUrl(baseUrl)
  const isLocal = isLoopback(url?.hostname)
  if (url?.protocol === 'https:' && !isLocal) return []
  const connects = platforms.some(({ connect }) => connect)
  return platforms
    .filter(({ connect, webhooks }) => !connect && webhooks.length > 0)
    .map(({ name }) => name)
    .filter((name) => !(name === 'byo' || (name === 'hipchat' && connects))) // they are active without any settings
    .filter((name) => !(name in ownServers) || !isNear(env[ownServers[name] ?? ''], isLocal))
}

/** The variables that name an operator's own server, which can reach private addresses. */
const ownServers: Readonly<Record<string, string>> = { hipchat: 'HIPCHAT_HOSTS', mattermost: 'MATTERMOST_URL' }

/** Whether the configured server can reach the bot's address: both are on the same machine, or the address is not local. */
function isNear(named: string | undefined, isLocal: boolean): boolean {
  if (!named) return false
  return !isLocal || named.split(',').some((host) => isLoopback(hostnameOf(host.trim())))
}

function hostnameOf(host: string): string | undefined {
  return parseUrl(host.includes('://') ? host : `http://${host.replace(/^\*\./, '')}`)?.hostname
}
