import type { HookDelivery } from '../../model/hook.js'
import { shortHash } from '../../shared/crypto.js'
import type { Store } from '../../stores/store.js'
import { getOrCreateToken } from './get-or-create-id.js'

/** How long the same body counts as the same delivery, where the sender has no name for its deliveries. */
const retryMs = 5 * 60_000

/** What is the same for a delivery that comes again, and for no other one of the hook. */
export async function deliveryKeyOf(hook: string, { headers, body }: HookDelivery, store: Store): Promise<string> {
  // The signed name first, where there is one. What begins with `x-` is GitHub's.
  const id = headers['webhook-id'] ?? headers['idempotency-key'] ?? headers['x-github-delivery']
  if (id) return shortHash('id', hook, id)
  const hash = shortHash('body', hook, body)
  // Older GitLabs give one name to all that an event sets off.
  const event = headers['x-gitlab-event-uuid']
  if (event) return shortHash('event', hook, event, hash)
  return await getOrCreateToken(store, `hooks/deliveries/${hash}`, retryMs)
}
