import { ConfigError } from '../../model/errors.js'
import type { HttpResponse } from '../../net/http-client.js'
import { isLoopback } from '../../net/ssrf.js'
import { parseObject } from '../../shared/json.js'
import { parseBaseUrl } from '../../shared/url.js'
import { type BaseUrlProbe, createBaseUrlProbe } from '../find-api-base.js'

/** The operator's settings for the service. */
export interface Settings {
  /** The secret that signs webhooks; without it there are none. */
  readonly signingSecret?: string
  /** Enables Socket Mode, which replaces webhooks. */
  readonly appToken?: string
  /** With a trailing slash. */
  readonly apiUrl: string
  readonly atApi: BaseUrlProbe
  /** The bot token of one workspace; otherwise `client` is set. */
  readonly botToken?: string
  /** The app that `configToken` may configure. */
  readonly appId?: string
  readonly configToken?: string
  /** The app's id and secret, for installing through OAuth. */
  readonly client?: Client
  /** True for a host that the operator configured: it may be in a private network and use plain http. */
  named(url: URL): boolean
}

/** The app's id and secret. */
export interface Client {
  readonly id: string
  readonly secret: string
}

/** Reads the service's settings; undefined if it is disabled. Throws ConfigError. */
export function readSettings(env: NodeJS.ProcessEnv): Settings | undefined {
  const read = (name: string) => env[name]?.trim() || undefined
  const botToken = read('SLACK_BOT_TOKEN')
  const id = read('SLACK_CLIENT_ID')
  const secret = read('SLACK_CLIENT_SECRET')
  const signingSecret = read('SLACK_SIGNING_SECRET')
  const appToken = read('SLACK_APP_TOKEN')
  if (!signingSecret && !appToken) {
    const stray = botToken ? 'SLACK_BOT_TOKEN' : id ? 'SLACK_CLIENT_ID' : secret ? 'SLACK_CLIENT_SECRET' : undefined
    if (stray) throw new ConfigError(`SLACK_SIGNING_SECRET or SLACK_APP_TOKEN must be set when ${stray} is.`)
    return undefined
  }
  if (id && !secret) throw new ConfigError('SLACK_CLIENT_SECRET must be set when SLACK_CLIENT_ID is.')
  if (secret && !id) throw new ConfigError('SLACK_CLIENT_ID must be set when SLACK_CLIENT_SECRET is.')
  if (botToken && id) throw new ConfigError('SLACK_BOT_TOKEN and SLACK_CLIENT_ID are mutually exclusive: set only one.')
  if (!botToken && !id) {
    const set = signingSecret ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN'
    throw new ConfigError(`With ${set}, SLACK_BOT_TOKEN, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, must be set too.`)
  }
  const given = read('SLACK_API_URL')
  const apiUrl = given ? readAddress(given) : 'https://slack.com/api/'
  const namedHost = given ? new URL(apiUrl).hostname : undefined
  return {
    ...(signingSecret ? { signingSecret } : {}),
    ...(appToken ? { appToken: checkAppToken(appToken) } : {}),
    apiUrl,
    atApi: createBaseUrlProbe(new URL(apiUrl).pathname === '/' ? [apiUrl, `${apiUrl}api/`] : [apiUrl], isElsewhere),
    ...(botToken ? { botToken: checkBotToken(botToken) } : {}),
    ...readApp(read('SLACK_APP_ID'), read('SLACK_CONFIG_TOKEN')),
    ...(id && secret ? { client: { id, secret } } : {}),
    named: (url) => url.hostname === namedHost || (isLoopback(namedHost) && isLoopback(url.hostname)),
  }
}

/** A stand-in for the service may have its methods at the root or below `/api/`. */
function isElsewhere({ status, body }: HttpResponse): boolean {
  return status === 404 || parseObject(body)?.['error'] === 'unknown_method'
}

function readApp(appId: string | undefined, configToken: string | undefined): Pick<Settings, 'appId' | 'configToken'> {
  if (configToken && !appId) throw new ConfigError('SLACK_APP_ID must be set when SLACK_CONFIG_TOKEN is.')
  if (appId && !/^A[A-Z0-9]{1,30}$/.test(appId)) throw new ConfigError("SLACK_APP_ID must be the app's id: A….")
  if (configToken && !/^[\x21-\x7e]+$/.test(configToken))
    throw new ConfigError('SLACK_CONFIG_TOKEN must be a token, without spaces.')
  return { ...(appId ? { appId } : {}), ...(configToken ? { configToken } : {}) }
}

function checkBotToken(token: string): string {
  const another = /^(?:xox[^b]-|xapp-)/.test(token) // a user token, a refresh token, an app-level token
  if (!another && /^[\x21-\x7e]+$/.test(token)) return token
  throw new ConfigError('SLACK_BOT_TOKEN must be a bot token: it begins with xoxb-.')
}

function checkAppToken(token: string): string {
  if (!/^xox/.test(token) && /^[\x21-\x7e]+$/.test(token)) return token
  throw new ConfigError('SLACK_APP_TOKEN must be an app-level token: it begins with xapp-.')
}

function readAddress(given: string): string {
  const url = parseBaseUrl(given)
  if (!url) {
    throw new ConfigError('SLACK_API_URL must be an address such as https://slack.com/api/, without query or password.')
  }
  return `${url}/`
}
