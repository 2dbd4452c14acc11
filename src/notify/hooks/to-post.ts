import type { HookDelivery } from '../../model/hook.js'
import { shortHash } from '../../shared/crypto.js'
import type { Store } from '../../stores/store.js'
import type { Post } from '../endpoint.js'
import type { Occurrences } from './alert-incident-key.js'
import { deliveryKeyOf } from './delivery-key.js'
import type { HookPost } from './run-hook.js'

interface ToPostDeps {
  readonly store: Store
  readonly occurrences: Occurrences
}

/** Converts a hook's result to a post for the notifier. */
export async function toPost(
  hook: string,
  { reply, rooms, updateKey }: HookPost,
  delivery: HookDelivery,
  { store, occurrences }: ToPostDeps,
): Promise<Post> {
  const [room, ...others] = rooms ?? []
  return {
    ...(others.length > 0 ? { room: undefined, rooms } : { room }),
    reply,
    key: updateKey === undefined ? undefined : await occurrences.keyOf(hook, updateKey),
    idempotencyKey: await deliveryKeyOf(hook, delivery, store),
    fingerprint: shortHash(hook, delivery.body),
  }
}
