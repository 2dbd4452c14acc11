import { BotError, UnavailableError } from '../model/errors.js'

/** The result of `ask`; throws UnavailableError if the store is unreachable. */
export async function orUnavailable<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask()
  } catch (error) {
    return throwUnavailable(error)
  }
}

/** Wraps errors of the store in UnavailableError; our own errors are rethrown. */
export function throwUnavailable(error: unknown): never {
  if (error instanceof BotError) throw error
  throw new UnavailableError('The store cannot be reached.', 2, { cause: error })
}
