import type { HookDelivery } from '../../model/hook.js'
import { shortHash } from '../../shared/crypto.js'
import type { Store } from '../../stores/store.js'
import { getOrCreateToken } from './get-or-create-id.js'

/** How long an identical body counts as the same delivery if the sender sends no delivery id. */
const retryMs = 5 * 60_000

/** Identifies a delivery across retries. */
export async function deliveryKeyOf(hook: string, { headers, body }: HookDelivery, store: Store): Promise<string> {
  // A signed id first, if there is one. Headers that begin with `x-` are GitHub's.
  const id = headers['webhook-id'] ?? headers['idempotency-key'] ?? headers['x-github-delivery']
  if (id) return shortHash('id', hook, id)
  const hash = shortHash('body', hook, body)
  // Older GitLab versions use one id for everything that an event triggers.
  const event = headers['x-gitlab-event-uuid']
  if (event) return shortHash('event', hook, event, hash)
  return await getOrCreateToken(store, `hooks/deliveries/${hash}`, retryMs)
}
