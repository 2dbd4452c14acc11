import { randomBytes } from 'node:crypto'
import type Router from '@koa/router'
import type { Context } from 'koa'
import { asDeliveryError, isFailedCall } from '../../../delivery/retry-rule.js'
import { HttpError } from '../../../model/errors.js'
import { escapeHtml } from '../../../model/reply.js'
import { hmacHex, safeEqual } from '../../../shared/crypto.js'
import type { PlatformDeps } from '../../platform.js'
import type { Client } from '../settings.js'
import { callMethod, type WebApiDeps } from '../web-api.js'
import { scopes } from './manifest.js'
import { readOauthAccess } from './read-oauth-access.js'

/** What installing needs. */
export interface InstallDeps extends WebApiDeps, Pick<PlatformDeps, 'baseUrl' | 'installations' | 'log'> {
  readonly client: Client
}

/**
 * OAuth v2: a browser is sent to the service and returns with a code. Only the browser that started may return, which a
 * cookie with the state proves. https://docs.slack.dev/authentication/installing-with-oauth
 */
export function createInstall(deps: InstallDeps): (router: Router) => void {
  const { client, baseUrl, installations, log } = deps
  const redirectUri = `${baseUrl}/slack/oauth_redirect`
  const secure = baseUrl.startsWith('https:')

  function setOut(ctx: Context): void {
    const state = makeState(client.secret)
    setCookie(ctx, cookieOf(state), state, lifetime)
    const asked = { client_id: client.id, scope: scopes.join(','), state, redirect_uri: redirectUri }
    ctx.redirect(`${authorizeUrl(deps.settings.apiUrl)}?${new URLSearchParams(asked)}`)
  }

  async function comeBack(ctx: Context): Promise<void> {
    const { state, code, error } = ctx.query
    if (typeof state !== 'string' || !isState(client.secret, state)) throw foreign()
    const kept = ctx.cookies.get(cookieOf(state))
    if (!kept || !safeEqual(kept, state)) throw foreign()
    setCookie(ctx, cookieOf(state), '', 0)
    if (error === 'access_denied') throw new HttpError('The installation was not allowed in Slack.', 403)
    if (typeof code !== 'string' || code.length > 500) throw new HttpError('Slack sent no code.', 400)
    const installation = readOauthAccess(await exchange(code))
    await installations.save(installation)
    log.info({ installation: installation.id, tenant: installation.tenant.name }, 'installed')
    ctx.type = 'html'
    ctx.body = page(installation.tenant.name ?? installation.id)
  }

  async function exchange(code: string) {
    const args = { code, redirect_uri: redirectUri }
    try {
      return await callMethod(deps, 'oauth.v2.access', { by: client, args, form: true })
    } catch (error) {
      if (!isFailedCall(error)) throw error
      if (asDeliveryError(error).retryAdvice.retry)
        throw new HttpError('Slack cannot be asked for a token.', 502, { cause: error })
      throw new HttpError('Slack gives no token for this code. Begin again at /slack/install.', 403, { cause: error })
    }
  }

  /** One cookie per attempt, so that a second tab does not break the first. */
  function cookieOf(state: string): string {
    return `${secure ? '__Host-' : ''}slack_state_${state.slice(0, 12)}`
  }

  /** Lax, because the service links back from another site. */
  function setCookie(ctx: Context, cookie: string, value: string, seconds: number): void {
    const attributes = `Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
    ctx.append('Set-Cookie', `${cookie}=${value}; ${attributes}`)
    ctx.set('Cache-Control', 'no-store')
  }

  return (router) => {
    router.get('/slack/install', setOut)
    router.get('/slack/oauth_redirect', comeBack)
  }
}

function foreign(): HttpError {
  return new HttpError('This did not begin at /slack/install in this browser, or too long ago. Begin there.', 403)
}

/** The time limit for an installation in seconds. */
const lifetime = 600

function makeState(secret: string): string {
  const body = `${randomBytes(24).toString('base64url')}.${Math.floor(Date.now() / 1_000) + lifetime}`
  return `${body}.${sign(secret, body)}`
}

function isState(secret: string, state: string): boolean {
  const [nonce = '', until = '', signature = ''] = state.split('.')
  return safeEqual(signature, sign(secret, `${nonce}.${until}`)) && Number(until) > Date.now() / 1_000
}

function sign(secret: string, body: string): string {
  return hmacHex(secret, 'slack state ', body)
}

/** Browsers go to the service itself, even if the API is behind a proxy. */
function authorizeUrl(apiUrl: string): string {
  const host = new URL(apiUrl).hostname.endsWith('slack-gov.com') ? 'slack-gov.com' : 'slack.com'
  return `https://${host}/oauth/v2/authorize`
}

function page(workspace: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Installed</title><p>Installed in ${escapeHtml(workspace)}. Type a slash command there.</p>`
}
