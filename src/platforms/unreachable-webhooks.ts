import { isLoopback } from '../net/ssrf.js'
import { parseUrl } from '../shared/url.js'
import type { Platform } from './platform.js'

/** The platforms whose services wait to call the bot and will not, since they take only https addresses that the internet reaches. */
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
    .filter((name) => !(name === 'byo' || (name === 'hipchat' && connects))) // they are there without being asked for
    .filter((name) => !(name in ownServers) || !isNear(env[ownServers[name] ?? ''], isLocal))
}

/** Where an operator's own server may call from, by the variable that names it. */
const ownServers: Readonly<Record<string, string>> = { hipchat: 'HIPCHAT_HOSTS', mattermost: 'MATTERMOST_URL' }

/** Whether the bot's address is one for a server that is named: on this machine, or where it is not of this machine alone. */
function isNear(named: string | undefined, isLocal: boolean): boolean {
  if (!named) return false
  return !isLocal || named.split(',').some((host) => isLoopback(hostnameOf(host.trim())))
}

function hostnameOf(host: string): string | undefined {
  return parseUrl(host.includes('://') ? host : `http://${host.replace(/^\*\./, '')}`)?.hostname
}
