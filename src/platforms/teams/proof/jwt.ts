import { AuthenticationError, BotError } from '../../../model/errors.js'
import { readText } from '../../../shared/json.js'
import type { FindKey } from './keys.js'

/** The claims of a verified token. */
export interface Claims {
  /** The service's address for replies. */
  readonly serviceUrl: string | undefined
  /** The channels that the key may sign for; undefined if unknown. */
  readonly endorsements: readonly string[] | undefined
}

/** What verifying a token needs. */
export interface VerifyJwtDeps {
  readonly findKey: FindKey
  readonly issuer: string
  readonly appId: string
}

/**
 * Creates the check of the service's token: signed with its key, by the right issuer, for this app, and valid now. Throws
 * AuthenticationError, and UnavailableError if the keys cannot be fetched.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
 */
export function createVerifyJwt({ findKey, issuer, appId }: VerifyJwtDeps) {
  return async (token: string, now: number): Promise<Claims> => {
    const { jwtVerify } = await import('jose/jwt/verify') // loaded on demand, because most bots use other services
    let endorsements: Claims['endorsements']
    const keyFor = async ({ kid }: { readonly kid?: string }) => {
      const found = kid === undefined ? undefined : await findKey(kid)
      if (!found) throw new AuthenticationError('unknown key')
      endorsements = found.endorsements
      return found.key
    }
    const options = { algorithms: ['RS256'], issuer, audience: appId, clockTolerance, currentDate: new Date(now) }
    try {
      const { payload } = await jwtVerify(token, keyFor, { ...options, requiredClaims: ['exp'] })
      return { serviceUrl: readText(payload['serviceurl']), endorsements }
    } catch (error) {
      if (error instanceof BotError) throw error
      throw new AuthenticationError('token', { cause: error })
    }
  }
}

/** Allowed clock difference in seconds. */
const clockTolerance = 300
