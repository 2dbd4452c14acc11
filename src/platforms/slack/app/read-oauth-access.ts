import { DeliveryError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import { isRecord, readText } from '../../../shared/json.js'
import type { MethodAnswer } from '../web-api.js'
import { type Details, name, readId } from '../wire.js'

/** A granted bot token as an installation. Throws DeliveryError. https://docs.slack.dev/reference/methods/oauth.v2.access */
export function readOauthAccess({ answer, at }: MethodAnswer): Installation {
  const { scope, bot_user_id, app_id, is_enterprise_install: orgWide } = answer
  const owner = orgWide === true ? answer['enterprise'] : answer['team']
  const id = isRecord(owner) ? readId(owner['id']) : undefined
  if (!isRecord(owner) || !id) throw noGrant()
  const { secrets, expiresAt } = readTokens(answer)
  const [tenantName, botUserId, appId] = [readText(owner['name']), readId(bot_user_id), readId(app_id)]
  const details: Details = {
    scopes: typeof scope === 'string' ? scope.split(',').filter(Boolean) : [],
    installedAt: at,
    ...(botUserId ? { botUserId } : {}),
    ...(appId ? { appId } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  const tenant = { id, ...(tenantName ? { name: tenantName } : {}) }
  return { id, platform: name, tenant, details: { ...details }, secrets }
}

/** The tokens of a grant, and when the bot token expires if it is rotated. Throws DeliveryError. */
export function readTokens({ access_token, refresh_token, expires_in: seconds, token_type }: MethodAnswer['answer']) {
  const [botToken, refreshToken] = [readToken(access_token), readToken(refresh_token)]
  if (!botToken || (token_type !== undefined && token_type !== 'bot')) throw noGrant()
  return {
    secrets: { botToken, ...(refreshToken ? { refreshToken } : {}) },
    expiresAt: typeof seconds === 'number' && refreshToken ? Date.now() + seconds * 1_000 : undefined,
  }
}

function readToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,4096}$/.test(value) ? value : undefined
}

function noGrant(): DeliveryError {
  return new DeliveryError('oauth.v2.access: it does not grant a bot token', { retry: false })
}
