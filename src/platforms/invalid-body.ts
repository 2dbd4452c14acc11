import { HttpError } from '../model/errors.js'

/** Refuses a webhook's body that is not a JSON object. Throws HttpError. */
export function refuseBody(): never {
  throw new HttpError('The body must be a JSON object.', 400)
}
