import { ConfigError } from '../../model/errors.js'
import { parseBaseUrl } from '../../shared/url.js'

/** Mattermost's share of the environment. */
export interface Settings {
  /** Without a slash at the end. */
  readonly url: string
  readonly botToken: string | undefined
  readonly commandTokens: readonly string[]
}

/** Reads it; undefined where MATTERMOST_URL is not set. Throws ConfigError that shows nothing of a token. */
export function readSettings(env: NodeJS.ProcessEnv): Settings | undefined {
  const given = env['MATTERMOST_URL']?.trim()
  if (!given) return undefined
  const botToken = env['MATTERMOST_BOT_TOKEN']?.trim() || undefined
  if (botToken && !/^[\x21-\x7e]+$/.test(botToken))
    throw new ConfigError('MATTERMOST_BOT_TOKEN must be a token, without spaces.')
  const commandTokens = readTokens(env['MATTERMOST_COMMAND_TOKENS'] ?? '')
  if (!botToken && commandTokens.length === 0) {
    throw new ConfigError('MATTERMOST_URL needs MATTERMOST_BOT_TOKEN or MATTERMOST_COMMAND_TOKENS beside it.')
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

/** The server makes tokens of 26 letters and digits; what speaks like it may make others. One or two signs are a slip. */
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
