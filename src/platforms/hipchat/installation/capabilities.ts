import { HttpError, NetworkError } from '../../../model/errors.js'
import type { HttpClient } from '../../../net/http-client.js'
import { asRecord, parseObject } from '../../../shared/json.js'
import type { AllowedHosts } from './allowed-hosts.js'

/** The capabilities of the installation's server. */
export interface Capabilities {
  /** With a trailing slash. */
  readonly apiUrl: string
  readonly tokenUrl: string
}

/** What asking servers needs. */
export interface OutboundAccess {
  readonly request: HttpClient
  readonly hosts: AllowedHosts
}

/** Fetches a server's capabilities document, and accepts it only if it names itself and allowed hosts. Throws HttpError. */
export async function fetchCapabilities(outside: OutboundAccess, capabilitiesUrl: string): Promise<Capabilities> {
  const document = await fetchObject(outside, capabilitiesUrl, 'capabilitiesUrl')
  const { links, capabilities } = document
  const { hipchatApiProvider, oauth2Provider } = asRecord(capabilities)
  if (asRecord(links)['self'] !== capabilitiesUrl) {
    throw new HttpError('The capabilities document is not the one that capabilitiesUrl names.', 400)
  }
  const api = admit(outside.hosts, asRecord(hipchatApiProvider)['url'], 'API')
  const token = admit(outside.hosts, asRecord(oauth2Provider)['tokenUrl'], 'token')
  if (api.search || api.hash) throw new HttpError('The API address has a query or a fragment.', 400)
  return { apiUrl: api.href.replace(/\/*$/, '/'), tokenUrl: token.href }
}

/** Fetches a JSON object from an allowed host, limited in time and size. Throws HttpError, which names `what`. */
export async function fetchObject(
  { request, hosts }: OutboundAccess,
  address: string,
  what: string,
): Promise<Record<string, unknown>> {
  const url = hosts.admit(address)
  if (!url) throw new HttpError(`The host of ${what} is not on HIPCHAT_HOSTS.`, 403)
  const answer = await asUnavailable(
    request(url.href, {
      headers: { accept: 'application/json' },
      maxBytes: 131_072,
      timeoutMs: 4_000, // the server waits for us meanwhile, about ten seconds
      privateAllowed: hosts.named(url),
    }),
    what,
  )
  const document = answer.status === 200 ? parseObject(answer.body) : undefined
  if (!document) throw new HttpError(`${what} answered ${answer.status}, without the JSON that belongs there.`, 502)
  return document
}

/** Converts a network error to the response to the request that caused it. Throws HttpError. */
export async function asUnavailable<Value>(calling: Promise<Value>, what: string): Promise<Value> {
  try {
    return await calling
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    throw new HttpError(`${what} could not be called: ${error.message}`, error.fault === 'address' ? 403 : 502, {
      cause: error,
    })
  }
}

function admit(hosts: AllowedHosts, address: unknown, what: string): URL {
  const url = hosts.admit(address)
  if (!url) throw new HttpError(`The ${what} address that the server names is not on HIPCHAT_HOSTS.`, 403)
  return url
}
