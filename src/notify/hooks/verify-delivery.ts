import type { HookProof, HookVerifier } from '../../model/hook.js'
import { withDeadline } from '../../shared/deadline.js'
import { messageOf } from '../../shared/error-details.js'
import { FailedHookError } from './failed-hook-error.js'

/** A delivery that its hook does not accept. The message is for the log. */
export class UnverifiedDeliveryError extends Error {}

/** Throws UnverifiedDeliveryError where `verify` throws, and FailedHookError where it takes too long. */
export async function verifyDelivery(verify: HookVerifier, proof: HookProof, ms: number): Promise<void> {
  const late = () => new FailedHookError('late', { cause: new Error(`verify took longer than ${ms / 1_000} seconds`) })
  const verdict = await withDeadline(judge(verify, proof), ms, late)
  // `verify: isSigned` and `verify: github.signature` compile: what they return must not pass for a proof.
  if (verdict !== undefined && verdict !== true) throw new UnverifiedDeliveryError('verify gave a value: it must throw')
}

async function judge(verify: HookVerifier, proof: HookProof): Promise<unknown> {
  try {
    return await verify(proof)
  } catch (error) {
    throw new UnverifiedDeliveryError(messageOf(error))
  }
}
