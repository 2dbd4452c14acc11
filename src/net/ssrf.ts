import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Looks up a host's addresses, like `dns.promises.lookup` with `all`. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** The error code of a blocked address, to distinguish it from a failed lookup. */
export const refusedAddress = 'ADDRESS_REFUSED'

/** Whether an address is on the public Internet: not this machine, its networks or its cloud's metadata service. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address) // converts IPv4-mapped IPv6 to IPv4
  if (parsed.range() !== 'unicast') return false
  // Azure's metadata address looks public; of IPv6 only 2000::/3 is allocated.
  return parsed instanceof ipaddr.IPv6 ? parsed.match(globalUnicast, 3) : parsed.toString() !== '168.63.129.16'
}

const globalUnicast = ipaddr.IPv6.parse('2000::')

/** The IP address in a URL's host; undefined if it is a name. */
export function ipLiteral(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return ipaddr.isValid(bare) ? bare : undefined
}

/** Whether a URL's host is this machine. */
export function isLoopback(hostname: string | undefined): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname ?? '')
}

/** A lookup for sockets that can be restricted to public addresses, so that the checked address is the one connected to. */
export function socketLookup(lookup: Lookup, { publicOnly }: { readonly publicOnly: boolean }): LookupFunction {
  const isAllowed = (address: string) => !publicOnly || isPublicAddress(address)
  return (hostname, options, callback) => {
    lookup(hostname).then(
      (found) => {
        const [first] = found
        if (!first || !found.every(({ address }) => isAllowed(address))) {
          const code = publicOnly ? refusedAddress : 'ENOTFOUND'
          callback(Object.assign(new Error('the host has no public address'), { code }), '', 0)
        } else if (options.all) callback(null, [...found])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}
