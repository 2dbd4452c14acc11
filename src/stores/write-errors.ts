import { BotError, UnavailableError } from '../model/errors.js'
import { codeOf, messageOf } from '../shared/error-details.js'

/** The error for new work when only the reserve for finishing calls is left. */
export function diskFull(): UnavailableError {
  return new UnavailableError('The store cannot be written: the disk is full.', 5)
}

/** Converts a write error for callers. Its message contains no path, so it may be shown. */
export function unwritable(error: unknown): BotError {
  if (error instanceof BotError) return error
  return new UnavailableError(`The store cannot be written: ${codeOf(error) || messageOf(error)}`, 5, { cause: error })
}
