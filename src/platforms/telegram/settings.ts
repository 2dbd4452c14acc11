import { ConfigError } from '../../model/errors.js'
import { shortHash } from '../../shared/crypto.js'
import { parseBaseUrl } from '../../shared/url.js'

/** Telegram's settings. */
export interface Settings {
  readonly botToken: string
  /** Identifies this bot in the store; not secret. */
  readonly botId: string
  /** Without a trailing slash. */
  readonly apiUrl: string
  /** The secret for webhooks, if the operator set one. */
  readonly secretToken?: string
}

/** Reads the settings; undefined if TELEGRAM_BOT_TOKEN is not set. Throws ConfigError, which contains no token. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings | undefined {
  const botToken = env['TELEGRAM_BOT_TOKEN']?.trim()
  const secretToken = env['TELEGRAM_SECRET_TOKEN']?.trim()
  if (!botToken) {
    if (secretToken) throw new ConfigError('TELEGRAM_BOT_TOKEN must be set when TELEGRAM_SECRET_TOKEN is.')
    return undefined
  }
  if (!/^[\w:-]{3,200}$/.test(botToken)) {
    throw new ConfigError('TELEGRAM_BOT_TOKEN must be the token that BotFather gave: digits, a colon, letters.')
  }
  if (secretToken && !/^[\w-]{1,256}$/.test(secretToken)) {
    throw new ConfigError('TELEGRAM_SECRET_TOKEN must have 1 to 256 letters, digits, _ and - only.')
  }
  const botId = /^(\d+):/.exec(botToken)?.[1] ?? shortHash(botToken)
  return { botToken, botId, apiUrl: readApiUrl(env['TELEGRAM_API_URL']), ...(secretToken ? { secretToken } : {}) }
}

/** People copy it with the `/bot` that precedes the token. */
function readApiUrl(given: string | undefined): string {
  const url = parseBaseUrl(given?.trim() || 'https://api.telegram.org')
  if (!url) throw new ConfigError('TELEGRAM_API_URL must be an address such as https://api.telegram.org.')
  return url.replace(/\/bot$/, '')
}
