import { BotError, UnavailableError } from '../model/errors.js'
import { codeOf, messageOf } from '../shared/error-details.js'

/** The error for new work when only the space for completing old work is left. */
export function diskFull(): UnavailableError {
  return new UnavailableError('The store cannot be written: the disk is full.', 5)
}

/** Converts an error of writing the store to the one that callers get. Its message may be shown: it holds no path. */
export function unwritable(error: unknown): BotError {
  if (error instanceof BotError) return error
  return new UnavailableError(`The store cannot be written: ${codeOf(error) || messageOf(error)}`, 5, { cause: error })
}
