import { ConfigError } from '../../model/errors.js'
import { parseBaseUrl } from '../../shared/url.js'

/** Mattermost's settings. */
export interface Settings {
  /** Without a trailing slash. */
  readonly url: string
  readonly botToken: string | undefined
  readonly commandTokens: readonly string[]
}

/** Reads them; undefined if MATTERMOST_URL is not set. Throws ConfigError, which contains no token. */
export function readSettings(env: NodeJS.ProcessEnv): Settings | undefined {
  const given = env['MATTERMOST_URL']?.trim()
  if (!given) return undefined
  const botToken = env['MATTERMOST_BOT_TOKEN']?.trim() || undefined
  if (botToken && !/^[\x21-\x7e]+$/.test(botToken))
    throw new ConfigError('MATTERMOST_BOT_TOKEN must be a token, without spaces.')
  const commandTokens = readTokens(env['MATTERMOST_COMMAND_TOKENS'] ?? '')
  if (!botToken && commandTokens.length === 0) {
    throw new ConfigError('With MATTERMOST_URL, MATTERMOST_BOT_TOKEN or MATTERMOST_COMMAND_TOKENS must be set too.')
  }
  return { url: readUrl(given), botToken, commandTokens }
}

function readUrl(given: string): string {
  const url = parseBaseUrl(given)
  if (!url) {
    throw new ConfigError('MATTERMOST_URL must be an address such as https://chat.example.com, without a password.')
  }
  return url
}

/** The server's tokens have 26 letters and digits; compatible servers may have others. One or two characters are a mistake. */
function readTokens(given: string): readonly string[] {
  const tokens = given.split(/[\s,]+/).filter(Boolean)
  const odd = tokens.findIndex((token) => !/^[\x21-\x7e]{3,200}$/.test(token))
  if (odd >= 0) {
    throw new ConfigError(
      `MATTERMOST_COMMAND_TOKENS: entry ${odd + 1} is not a token: the server makes them of 26 letters and digits.`,
    )
  }
  return tokens
}
