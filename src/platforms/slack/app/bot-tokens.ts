import { setTimeout as sleep } from 'node:timers/promises'
import { DeliveryError, uninstalledError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import { shortHash } from '../../../shared/crypto.js'
import type { PlatformDeps } from '../../platform.js'
import type { Client } from '../settings.js'
import { callMethod, type WebApiDeps } from '../web-api.js'
import { name } from '../wire.js'
import { readTokens } from './read-oauth-access.js'

/** Bot tokens, renewed in time if the app rotates them. */
export interface BotTokens {
  /** A valid token. Throws DeliveryError. */
  of(installation: Installation): Promise<string>
  /** A new token for one that no longer works; undefined if there is none. */
  renew(installation: Installation): Promise<string | undefined>
}

/** What renewing tokens needs. */
export interface BotTokensDeps extends WebApiDeps, Pick<PlatformDeps, 'installations' | 'store' | 'log'> {
  /** If left out, tokens never change. */
  readonly client?: Client
  readonly now?: () => number
}

/**
 * Creates the store of tokens. A refresh token can be used once, so one process uses it while the others wait for the new
 * token. https://docs.slack.dev/authentication/using-token-rotation
 */
export function createBotTokens(deps: BotTokensDeps): BotTokens {
  const { client, installations, store, log, now = Date.now } = deps

  async function of(installation: Installation): Promise<string> {
    const { expiresAt = Number.POSITIVE_INFINITY } = installation.details
    const left = Number(expiresAt) - now()
    const { botToken = '' } = installation.secrets
    if (left > ahead) return botToken
    const renewed = renew(installation)
    if (left <= 0) return (await renewed) ?? botToken
    return (await renewed.catch(() => undefined)) ?? botToken // the old one still works, and there is time to retry
  }

  async function renew(installation: Installation): Promise<string | undefined> {
    const { refreshToken } = installation.secrets
    if (!client || !refreshToken) return undefined
    const turn = `${name}/refresh/${shortHash(refreshToken)}`
    if (!(await store.add(turn, 1, { ttlMs: 60_000 }))) return await awaitOther(installation)
    try {
      return await exchange(client, installation, refreshToken)
    } catch (error) {
      await store.delete(turn)
      log.error({ installation: installation.id, reason: String(error) }, 'the bot token could not be renewed')
      throw error
    }
  }

  async function exchange(by: Client, was: Installation, refreshToken: string): Promise<string> {
    const args = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const { answer } = await callMethod(deps, 'oauth.v2.access', { by, args, form: true })
    const { secrets, expiresAt } = readTokens(answer)
    const current = await installations.find(name, was.id)
    if (!current) throw uninstalledError()
    // Reinstalled meanwhile: that token is newer.
    if (current.secrets['refreshToken'] !== refreshToken) return current.secrets['botToken'] ?? ''
    const renewed = expiresAt === undefined ? {} : { expiresAt }
    await installations.save({ ...current, details: { ...current.details, ...renewed }, secrets })
    log.info({ installation: was.id }, 'bot token renewed')
    return secrets.botToken
  }

  async function awaitOther({ id, secrets }: Installation): Promise<string> {
    for (let look = 0; look < 20; look++) {
      const current = await installations.find(name, id)
      if (!current) throw uninstalledError()
      if (current.secrets['refreshToken'] !== secrets['refreshToken']) return current.secrets['botToken'] ?? ''
      await sleep(250)
    }
    throw new DeliveryError('another process is renewing the bot token', { retry: true, retryAfterMs: 2_000 })
  }

  return { of, renew }
}

/** How early tokens are renewed; they last twelve hours. */
const ahead = 60 * 60_000
