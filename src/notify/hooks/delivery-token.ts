import type { HookDelivery } from '../../model/hook.js'

/**
 * The notifier token of a delivery: a bearer token, the password of basic authentication (or its user, if the password is
 * empty), which is all that some services support, or `token` or `auth_token` in the query.
 */
export function hookToken({ headers, query }: HookDelivery): string | undefined {
  const [, scheme = '', credentials = ''] = /^\s*(\w+)\s+(\S+)\s*$/.exec(headers['authorization'] ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return credentials
  if (scheme.toLowerCase() === 'basic') return passwordOf(Buffer.from(credentials, 'base64').toString())
  return query.get('token') || query.get('auth_token') || undefined
}

function passwordOf(pair: string): string | undefined {
  const colon = pair.indexOf(':')
  const [user, password] = colon < 0 ? [pair, ''] : [pair.slice(0, colon), pair.slice(colon + 1)]
  return password || user || undefined
}
