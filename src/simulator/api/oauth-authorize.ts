import { ApiError } from '../errors.js'
import type { Clients } from '../world/clients.js'
import type { World } from '../world/group.js'
import { scopesFor } from './oauth-grants.js'

/**
 * Redirects a browser that requests a code for a person's token. There is no consent page: `user` says who consents, by default
 * the first person. The address must be in the add-on's descriptor.
 */
export function authorize(
  query: Readonly<Record<string, string | string[] | undefined>>,
  { world, clients }: { readonly world: World; readonly clients: Clients },
): string {
  const { client_id: id, state, scope, user = world.people()[0]?.id } = query
  const client = clients.find(String(id))
  if (!client) throw new ApiError(400, 'client_id is that of no installation')
  const { redirect_uri: uri = client.redirectUrls?.[0], redirect_url: url = uri } = query
  const address = client.redirectUrls?.find((one) => one === url)
  if (address === undefined)
    throw new ApiError(400, `The descriptor's oauth2Consumer.redirectionUrls do not name ${url ?? 'an address'}`)
  const userId = world.person(String(user)).id
  const scopes = scopesFor(client.scopes, scope)
  const back = new URL(address)
  back.searchParams.set('code', clients.issue({ kind: 'code', scopes, oauthId: client.oauthId, userId }).token)
  if (typeof state === 'string') back.searchParams.set('state', state)
  return back.href
}
