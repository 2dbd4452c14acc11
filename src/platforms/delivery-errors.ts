import { DeliveryError, isBotError, NetworkError } from '../model/errors.js'

/** Makes of a call that found no whole answer what the outbox must know. Rejects with DeliveryError. */
export async function toDeliveryErrors<Answer>(calling: Promise<Answer>): Promise<Answer> {
  try {
    return await calling
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    // An answer that is too large is one all the same: to say it again would be to say it twice.
    const retry = error.fault !== 'address' && error.fault !== 'too-large'
    throw new DeliveryError(error.message, { retry }, { cause: error })
  }
}

/** Says whether a call found nobody: then nothing was said, and another way may be gone at once. */
export function isConnectFailure(error: unknown): boolean {
  return error instanceof DeliveryError && error.cause instanceof NetworkError && error.cause.fault === 'connect'
}

/** A store that cannot be reached now can be reached later: the reply waits. Rejects with DeliveryError. */
export async function storeErrorsAsRetryable<Value>(reading: Promise<Value>): Promise<Value> {
  try {
    return await reading
  } catch (error) {
    if (isBotError(error, 'delivery')) throw error
    throw new DeliveryError('the store cannot be reached', { retry: true }, { cause: error })
  }
}
