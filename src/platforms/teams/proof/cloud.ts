import { isLoopback } from '../../../net/ssrf.js'
import { parseUrl } from '../../../shared/url.js'

/** A Bot Framework cloud: where it publishes keys and issues tokens. */
export interface Cloud {
  readonly openidUrl: string
  /** The issuer of its tokens. */
  readonly issuer: string
  /** The address for access tokens, without the tenant. */
  readonly loginUrl: string
  /** The scope of access tokens. */
  readonly scope: string
  /** Whether the operator configured this address, or it is on the same machine: then it may be private. */
  named(url: URL): boolean
}

/** The cloud whose keys are at `openidUrl`; a custom address is a stand-in for the public one. */
export function cloudOf(openidUrl: URL): Cloud {
  const { host, hostname, origin } = openidUrl
  const known = clouds[host]
  const named = ({ hostname: other }: URL) =>
    !known && (other === hostname || (isLoopback(other) && isLoopback(hostname)))
  return { ...publicCloud, loginUrl: origin, ...known, openidUrl: openidUrl.href, named }
}

/** An address from the service; undefined if it is neither safe nor the operator's own. */
export function admitUrl(given: unknown, cloud: Cloud): URL | undefined {
  const url = typeof given === 'string' ? parseUrl(given) : undefined
  if (!url || url.username || url.password) return undefined
  return url.protocol === 'https:' || (url.protocol === 'http:' && cloud.named(url)) ? url : undefined
}

const publicCloud = {
  issuer: 'https://api.botframework.com',
  loginUrl: 'https://login.microsoftonline.com',
  scope: 'https://api.botframework.com/.default',
}

/** https://learn.microsoft.com/azure/bot-service/how-to-deploy-gov-cloud-high */
const clouds: Readonly<Record<string, Pick<Cloud, 'issuer' | 'loginUrl' | 'scope'>>> = {
  'login.botframework.com': publicCloud,
  'login.botframework.azure.us': {
    issuer: 'https://api.botframework.us',
    loginUrl: 'https://login.microsoftonline.us',
    scope: 'https://api.botframework.us/.default',
  },
}
