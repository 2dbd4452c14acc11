import { resolveSrv } from 'node:dns/promises'
import type { Server, Settings } from '../settings.js'

/**
 * Where the server may be, best first: as in the settings, otherwise by DNS, otherwise at the domain itself.
 * https://xmpp.org/extensions/xep-0368.html
 */
export async function findServers({ server, domain }: Settings, lookUp = resolveSrv): Promise<readonly Server[]> {
  if (server) return [server]
  const services = [
    { service: '_xmpps-client._tcp', tls: true },
    { service: '_xmpp-client._tcp', tls: false },
  ]
  const found = await Promise.all(
    services.map(async ({ service, tls }) => {
      const records = await lookUp(`${service}.${domain}`).catch(() => [])
      return records.map(({ name, port, priority, weight }) => ({ host: name, port, tls, priority, weight }))
    }),
  )
  const records = found.flat().filter(({ host }) => host !== '' && host !== '.') // a single dot: not offered
  const sorted = records.toSorted((one, other) => one.priority - other.priority || other.weight - one.weight)
  if (sorted.length > 0) return sorted.map(({ host, port, tls }) => ({ host, port, tls }))
  return [{ host: domain, port: 5222, tls: false }]
}
