import { AuthenticationError, BotError } from '../../../model/errors.js'
import { readText } from '../../../shared/json.js'
import type { FindKey } from './keys.js'

/** What a token says that was proven. */
export interface Claims {
  /** Where the service is answered. */
  readonly serviceUrl: string | undefined
  /** The channels that the key may sign for; undefined where it does not say. */
  readonly endorsements: readonly string[] | undefined
}

/** What a token must be for. */
export interface VerifyJwtDeps {
  readonly findKey: FindKey
  readonly issuer: string
  readonly appId: string
}

/**
 * Creates the check of the service's token: signed with one of its keys, by it, for this app, now. Throws AuthenticationError,
 * and UnavailableError where the keys cannot be had.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
 */
export function createVerifyJwt({ findKey, issuer, appId }: VerifyJwtDeps) {
  return async (token: string, now: number): Promise<Claims> => {
    const { jwtVerify } = await import('jose/jwt/verify') // most bots are in other services: they need not load it
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

/** Seconds by which clocks may differ. */
const clockTolerance = 300
