import type { HookDelivery } from '../../model/hook.js'
import type { LogFields } from '../../model/logger.js'
import type { Authenticated, Notifier } from '../endpoint.js'
import { RefusedError } from '../refusal.js'
import type { Sender } from '../sender.js'
import { defaultRate } from '../tokens.js'
import { hookToken } from './delivery-token.js'
import type { LoadedHook } from './hook-directory.js'
import { UnverifiedDeliveryError, verifyDelivery } from './verify-delivery.js'

interface AuthenticateDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly verifyMs: number
  /** Logs why a delivery is not verified; rate-limited, because strangers can cause it. */
  readonly warn: (facts: LogFields, message: string) => void
}

/** Authenticates a delivery: by the hook's `verify`, otherwise by a token. Throws RefusedError. */
export async function authenticateDelivery(
  { hook, name }: LoadedHook,
  delivery: HookDelivery,
  notifier: Notifier,
  { env, verifyMs, warn }: AuthenticateDeps,
): Promise<Authenticated> {
  if (!hook.verify) return await notifier.authenticate(hookToken(delivery))
  try {
    await verifyDelivery(hook.verify, { ...delivery, env }, verifyMs)
  } catch (error) {
    if (!(error instanceof UnverifiedDeliveryError)) throw error
    warn({ hook: name, reason: error.message }, 'delivery not verified')
    throw new RefusedError('The delivery is not verified.', 'invalid-token')
  }
  return { sender: senderOf(name), headers: {} }
}

function senderOf(name: string): Sender {
  const id = `hook:${name}`
  return { id, name: `hook ${name}`, kind: 'post', rooms: 'all', mentions: false, rate: defaultRate }
}
