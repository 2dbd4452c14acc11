import { HttpError } from '../model/errors.js'
import { parseObject } from '../shared/json.js'

/** A webhook's body as a JSON object. Throws HttpError where it is not one. */
export function readJsonBody(body: Buffer | string): Record<string, unknown> {
  const parsed = parseObject(body)
  if (!parsed) throw new HttpError('The body must be a JSON object.', 400)
  return parsed
}
