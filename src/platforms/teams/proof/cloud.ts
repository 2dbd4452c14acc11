import { isLoopback } from '../../../net/ssrf.js'
import { parseUrl } from '../../../shared/url.js'

/** Where a Bot Framework publishes its keys and gives tokens. */
export interface Cloud {
  readonly openidUrl: string
  /** Who signs what it sends. */
  readonly issuer: string
  /** Where access tokens are given, without the tenant. */
  readonly loginUrl: string
  /** What a token is asked for. */
  readonly scope: string
  /** Whether the operator named this address, or another on this machine beside it: then it may be private. */
  named(url: URL): boolean
}

/** The Bot Framework whose keys are at `openidUrl`; at an address of the operator's own a substitute of the public one. */
export function cloudOf(openidUrl: URL): Cloud {
  const { host, hostname, origin } = openidUrl
  const known = clouds[host]
  const named = ({ hostname: other }: URL) =>
    !known && (other === hostname || (isLoopback(other) && isLoopback(hostname)))
  return { ...publicCloud, loginUrl: origin, ...known, openidUrl: openidUrl.href, named }
}

/** An address that an answer of the service names; undefined where it is neither safe nor the operator's own. */
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
