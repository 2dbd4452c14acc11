import { ConfigError } from '../../model/errors.js'
import { isLoopback } from '../../net/ssrf.js'
import { parseUrl } from '../../shared/url.js'
import { readYesNo } from '../read-yes-no.js'
import { type Cloud, cloudOf } from './proof/cloud.js'

/** Teams' settings. */
export interface Settings {
  /** Undefined if there is no bot but only an Outgoing Webhook or the vendor's playground. */
  readonly app: { readonly id: string; readonly password: string | undefined } | undefined
  /** Undefined for a multi-tenant app. */
  readonly tenantId: string | undefined
  readonly cloud: Cloud
  /** The secret's bytes. */
  readonly webhookSecret: Buffer | undefined
  readonly allowUnsigned: boolean
}

/** Reads them; undefined if none is set. Throws ConfigError, which contains no secret. */
export function readSettings(env: NodeJS.ProcessEnv, baseUrl: string): Settings | undefined {
  const read = (name: string) => env[name]?.trim() || undefined
  const [appId, password] = [readGuid('TEAMS_APP_ID', env), read('TEAMS_APP_PASSWORD')]
  const webhookSecret = readWebhookSecret(read('TEAMS_WEBHOOK_SECRET'))
  const allowUnsigned = readAllowUnsigned(env, baseUrl)
  if (password && !appId) throw new ConfigError('TEAMS_APP_ID must be set when TEAMS_APP_PASSWORD is.')
  if (appId && !password && !allowUnsigned)
    throw new ConfigError('TEAMS_APP_PASSWORD must be set when TEAMS_APP_ID is.')
  const tenantId = readGuid('TEAMS_TENANT_ID', env)
  if (!appId && !webhookSecret && !allowUnsigned) return undefined
  return {
    app: appId ? { id: appId, password } : undefined,
    tenantId,
    cloud: readCloud(read('TEAMS_OPENID_URL')),
    webhookSecret,
    allowUnsigned,
  }
}

function readGuid(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const given = env[name]?.trim().toLowerCase()
  if (!given) return undefined
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(given)) return given
  throw new ConfigError(`${name} must be an id like 00000000-0000-0000-0000-000000000000, as the portal shows it.`)
}

function readCloud(given: string | undefined): Cloud {
  const url = parseUrl(given ?? 'https://login.botframework.com/v1/.well-known/openidconfiguration')
  if (url && !url.username && !url.hash && (url.protocol === 'https:' || isLocal(url))) return cloudOf(url)
  throw new ConfigError('TEAMS_OPENID_URL must be an https address; http is for this machine alone.')
}

/** Teams shows it once, as base64 of 32 bytes. */
function readWebhookSecret(given: string | undefined): Buffer | undefined {
  if (given === undefined) return undefined
  const secret = Buffer.from(given, 'base64')
  if (/^[A-Za-z\d+/]+={0,2}$/.test(given) && secret.length >= 16) return secret
  throw new ConfigError('TEAMS_WEBHOOK_SECRET must be the base64 text that Teams shows once the webhook is made.')
}

function readAllowUnsigned(env: NodeJS.ProcessEnv, baseUrl: string): boolean {
  if (!readYesNo('TEAMS_ALLOW_UNSIGNED', env)) return false
  if (isLoopback(parseUrl(baseUrl)?.hostname)) return true
  throw new ConfigError(
    `TEAMS_ALLOW_UNSIGNED lets anybody in, so it is only allowed on this machine, not with BASE_URL ${baseUrl}.`,
  )
}

function isLocal(url: URL): boolean {
  return url.protocol === 'http:' && isLoopback(url.hostname)
}
