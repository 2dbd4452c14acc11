import type { HookProof, HookVerifier } from '../../model/hook.js'
import { withDeadline } from '../../shared/deadline.js'
import { messageOf } from '../../shared/error-details.js'
import { FailedHookError } from './failed-hook-error.js'

/** The hook did not verify a delivery. The message is for the log. */
export class UnverifiedDeliveryError extends Error {}

/** Throws UnverifiedDeliveryError if `verify` throws, FailedHookError if it takes too long. */
export async function verifyDelivery(verify: HookVerifier, proof: HookProof, ms: number): Promise<void> {
  const late = () => new FailedHookError('late', { cause: new Error(`verify took longer than ${ms / 1_000} seconds`) })
  const verdict = await withDeadline(judge(verify, proof), ms, late)
  // `verify: isSigned` and `verify: github.signature` compile; their return values must not count as success.
  if (verdict !== undefined && verdict !== true)
    throw new UnverifiedDeliveryError('verify returned a value: it must throw if the delivery is not genuine')
}

async function judge(verify: HookVerifier, proof: HookProof): Promise<unknown> {
  try {
    return await verify(proof)
  } catch (error) {
    throw new UnverifiedDeliveryError(messageOf(error))
  }
}
