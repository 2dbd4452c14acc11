import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Finds a host's addresses, as `dns.promises.lookup` does with `all`. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** Carried by the error of a refused address, which sets it apart from a host that could not be found. */
export const refusedAddress = 'ADDRESS_REFUSED'

/** Whether an address is on the public Internet: not this machine, its networks or its cloud's metadata service. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address) // IPv4 mapped into IPv6 comes out as IPv4
  if (parsed.range() !== 'unicast') return false
  // Azure's metadata address looks public; of IPv6 only 2000::/3 is handed out.
  return parsed instanceof ipaddr.IPv6 ? parsed.match(globalUnicast, 3) : parsed.toString() !== '168.63.129.16'
}

const globalUnicast = ipaddr.IPv6.parse('2000::')

/** The address that a URL's host name is written as; undefined where it is a name. */
export function ipLiteral(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return ipaddr.isValid(bare) ? bare : undefined
}

/** Whether a URL's host is this machine itself. */
export function isLoopback(hostname: string | undefined): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname ?? '')
}

/** A look-up for sockets, which gives public addresses alone if told so: what was checked is what is connected to. */
export function socketLookup(lookup: Lookup, { publicOnly }: { readonly publicOnly: boolean }): LookupFunction {
  const isAllowed = (address: string) => !publicOnly || isPublicAddress(address)
  return (hostname, options, callback) => {
    lookup(hostname).then(
      (found) => {
        const [first] = found
        if (!first || !found.every(({ address }) => isAllowed(address))) {
          const code = publicOnly ? refusedAddress : 'ENOTFOUND'
          callback(Object.assign(new Error('no address that may be called'), { code }), '', 0)
        } else if (options.all) callback(null, [...found])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}
