import { UnavailableError } from '../model/errors.js'
import { codeOf, messageOf } from '../shared/error-details.js'

/** Converts a Redis error for callers. Its message contains no address and no login, so it may be shown. */
export function redisUnavailable(error: unknown): UnavailableError {
  const text = messageOf(error)
  const [, refusal] = refusals.find(([pattern]) => pattern.test(text)) ?? []
  const reason = refusal ?? `Redis cannot be reached: ${codeOf(error) || withoutAddresses(text)}`
  return new UnavailableError(reason, 2, { cause: error })
}

/** Explains errors that Redis responds with, and the client's own when it gives up: that one advises to set an option. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/max retries per request/, 'Redis cannot be reached: there is no connection.'],
  [/\bOOM\b/, 'Redis is full: it has reached its maxmemory.'],
  [/\bREADONLY\b/, 'Redis is a read-only replica.'],
  [/\bMISCONF\b/, 'Redis cannot write to its disk.'],
  [/\bNOREPLICAS\b/, 'Redis has too few replicas to take writes.'],
  [/\bLOADING\b/, 'Redis is still loading its data.'],
  [/\bCLUSTERDOWN\b/, 'The Redis Cluster is down.'],
  [/\b(NOAUTH|WRONGPASS|NOPERM)\b/, 'Redis refuses the login in STORE_URL, or does not let it do this.'],
]

function withoutAddresses(text: string): string {
  return text.replace(/\S+:\d+\S*/g, '…')
}
