import { ConfigError } from '../../model/errors.js'
import type { HttpResponse } from '../../net/http-client.js'
import { parseObject } from '../../shared/json.js'
import { parseBaseUrl } from '../../shared/url.js'
import { type BaseUrlProbe, createBaseUrlProbe } from '../find-api-base.js'
import { createSignatureVerifier, type SignatureVerifier } from './ed25519.js'

/** Discord's settings. */
export interface Settings {
  readonly applicationId: string
  readonly verifySignature: SignatureVerifier
  readonly atApi: BaseUrlProbe
  readonly botToken?: string
}

/** Reads the settings; undefined if DISCORD_PUBLIC_KEY is not set. Throws ConfigError. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings | undefined {
  const publicKey = env['DISCORD_PUBLIC_KEY']?.trim()
  if (!publicKey) return undefined
  const applicationId = env['DISCORD_APPLICATION_ID']?.trim() ?? ''
  if (!/^\d{1,20}$/.test(applicationId)) {
    throw new ConfigError('DISCORD_APPLICATION_ID must be the number that the application has in the portal.')
  }
  const botToken = readBotToken(env['DISCORD_BOT_TOKEN']?.trim())
  const verifySignature = readKey(publicKey)
  const atApi = createBaseUrlProbe(rootsOf(readApiUrl(env['DISCORD_API_URL'])), isElsewhere)
  return { applicationId, verifySignature, atApi, ...(botToken ? { botToken } : {}) }
}

function readKey(hex: string): SignatureVerifier {
  const verifySignature = createSignatureVerifier(hex)
  if (verifySignature) return verifySignature
  throw new ConfigError('DISCORD_PUBLIC_KEY must be the 64 hexadecimal digits that the portal shows.')
}

/** People copy it with the word that precedes it in the header. */
function readBotToken(given: string | undefined): string | undefined {
  const token = given?.replace(/^Bot\s+/i, '')
  if (token && !/^[\x21-\x7e]+$/.test(token))
    throw new ConfigError('DISCORD_BOT_TOKEN must be a token, without spaces.')
  return token || undefined
}

function readApiUrl(given: string | undefined): string {
  const url = parseBaseUrl(given?.trim() || 'https://discord.com/api/v10')
  if (!url) throw new ConfigError('DISCORD_API_URL must be an address such as https://discord.com/api/v10.')
  return url
}

/** The version, or the whole path, may be left out. An API without a version is an old one and tried last. */
function rootsOf(url: string): readonly string[] {
  if (/\/v\d+$/.test(url)) return [url]
  if (url.endsWith('/api')) return [`${url}/v10`, url]
  return [url, `${url}/v10`, `${url}/api/v10`]
}

/** The API itself responds to unknown paths with a code of its own. */
function isElsewhere({ status, body }: HttpResponse): boolean {
  return status === 404 && !parseObject(body)?.['code']
}
