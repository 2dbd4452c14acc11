import { BotError, UnavailableError } from '../model/errors.js'

/** What `ask` gives; throws UnavailableError where the store cannot be reached. */
export async function orUnavailable<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask()
  } catch (error) {
    return throwUnavailable(error)
  }
}

/** Throws UnavailableError for what a store failed with; what is thrown on purpose stays as it is. */
export function throwUnavailable(error: unknown): never {
  if (error instanceof BotError) throw error
  throw new UnavailableError('The store cannot be reached.', 2, { cause: error })
}
