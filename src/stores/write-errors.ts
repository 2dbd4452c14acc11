import { BotError, UnavailableError } from '../model/errors.js'
import { messageOf } from '../shared/error-details.js'

/** What fresh work is told where only the space for ending old work is left. */
export function diskFull(): UnavailableError {
  return new UnavailableError('The store cannot be written: the disk is full.', 5)
}

/** Whatever kept the store from being written, as callers are told of it. */
export function unwritable(error: unknown): BotError {
  if (error instanceof BotError) return error
  return new UnavailableError(`The store cannot be written: ${messageOf(error)}`, 5, { cause: error })
}
