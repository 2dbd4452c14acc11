import type Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { isTransient } from '../../../delivery/retry-rule.js'
import { HttpError, NetworkError, UnavailableError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import { shortHash } from '../../../shared/crypto.js'
import { isRecord } from '../../../shared/json.js'
import type { PlatformDeps } from '../../platform.js'
import { type Details, type InstallBody, name, readId } from '../wire.js'
import { asUnavailable, fetchCapabilities, fetchObject, type OutboundAccess } from './capabilities.js'
import { credentialsOf, type OauthGrant, requestToken } from './oauth.js'
import { createTurns } from './turns.js'

/** What installing needs. */
export interface InstallDeps extends OutboundAccess, Pick<PlatformDeps, 'installations' | 'log'> {
  /** The webhook pattern that the server has just read. */
  readonly pattern: () => string
  /** Forgets what is stored besides an installation. */
  readonly drop: (installationId: string) => Promise<void>
}

/**
 * Installs, updates and removes installations. The protocol authenticates none of these requests, so each counts only after
 * its server, on HIPCHAT_HOSTS, has confirmed it.
 */
export function createInstall(deps: InstallDeps): (router: Router) => void {
  const { installations, pattern, drop, log } = deps
  const inTurn = createTurns()

  /** Accepts the server's data if its secret yields a token. */
  async function install(sent: Record<string, unknown>): Promise<void> {
    const body = readBody(sent)
    if (!deps.hosts.admit(body.capabilitiesUrl)) {
      throw new HttpError('The host of capabilitiesUrl is not on HIPCHAT_HOSTS.', 403)
    }
    await inTurn(body.oauthId, async () => {
      const known = await installations.find(name, body.oauthId)
      // Only the server that issued it can change it: a request that names another server is not genuine.
      if (known && known.details['capabilitiesUrl'] !== body.capabilitiesUrl) {
        throw new HttpError('This oauthId belongs to another server.', 409)
      }
      const capabilities = await fetchCapabilities(deps, body.capabilitiesUrl)
      const grant = await asUnavailable(requestToken(deps, { ...capabilities, ...body }), 'The token address')
      if (!grant.granted) throw unproven(grant)
      await installations.save(toInstallation({ ...body, ...capabilities }, grant, shortHash(pattern())))
      const facts = { installation: body.oauthId, tenant: grant.groupId, room: body.roomId }
      log.info(facts, known ? 'installation updated' : 'installed')
    })
  }

  /** Asks the server: if the id and secret still yield a token, it was not uninstalled. */
  async function uninstall(oauthId: string): Promise<void> {
    await inTurn(oauthId, async () => {
      const known = await installations.find(name, oauthId)
      if (!known) return
      const grant = await requestToken(deps, credentialsOf(known)).catch((error: unknown) => {
        if (!(error instanceof NetworkError)) throw error
        throw new UnavailableError('The server cannot be asked to confirm this.', 30, { cause: error })
      })
      if (grant.granted) throw new HttpError('The server says that this is still installed.', 403)
      if (grant.answer.status !== 401) throw new UnavailableError('The server did not confirm this.', 30)
      await installations.remove(name, oauthId)
      await drop(oauthId)
      log.info({ installation: oauthId, tenant: known.tenant.id }, 'uninstalled')
    })
  }

  /** A browser brings the one-time address of the installation and is redirected afterwards. */
  function fromBrowser(act: (sent: Record<string, unknown>) => Promise<void>): Middleware {
    return async (ctx) => {
      const { redirect_url, installable_url } = ctx.query
      const onward = deps.hosts.admit(redirect_url)
      if (!onward || typeof installable_url !== 'string') {
        throw new HttpError('redirect_url and installable_url must be given, on hosts of HIPCHAT_HOSTS.', 400)
      }
      await act(await fetchObject(deps, installable_url, 'installable_url'))
      ctx.redirect(onward.href)
    }
  }

  return (router) => {
    router.post('/hipchat/installation', json, async (ctx: Context) => {
      await install(readObject(ctx))
      ctx.status = 200
      ctx.body = ''
    })
    router.delete('/hipchat/installation/:oauthId', async (ctx) => {
      await uninstall(String(ctx.params['oauthId']))
      ctx.status = 204
    })
    router.get('/hipchat/installed', fromBrowser(install))
    router.get('/hipchat/updated', fromBrowser(install))
    const uninstalled = fromBrowser(async (sent) => await uninstall(readOauthId(sent)))
    router.get('/hipchat/uninstalled', uninstalled)
  }
}

/** Parses a body as JSON, whatever its type. Loaded on demand, because installations are rare. */
const json: Middleware = async (ctx, next) => {
  reading ??= import('koa-bodyparser').then(({ default: bodyParser }) =>
    bodyParser({
      enableTypes: ['json'],
      jsonLimit: '64kb',
      detectJSON: () => true,
      onerror(error) {
        if ('status' in error) throw error
        throw new HttpError('The body cannot be unpacked.', 400, { cause: error })
      },
    }),
  )
  const read = (await reading) as Middleware
  await read(ctx, next)
}

let reading: Promise<unknown> | undefined

function readObject(ctx: Context): Record<string, unknown> {
  const body: unknown = ctx.request.body
  if (!isRecord(body)) throw new HttpError('The body must be a JSON object.', 400)
  return body
}

function readBody(sent: Record<string, unknown>): InstallBody {
  const { capabilitiesUrl, oauthSecret, roomId } = sent
  const oauthId = readOauthId(sent)
  if (typeof capabilitiesUrl !== 'string') throw new HttpError('capabilitiesUrl is missing.', 400)
  if (typeof oauthSecret !== 'string' || !/^[\x21-\x7e]{1,500}$/.test(oauthSecret)) {
    throw new HttpError('oauthSecret is missing, or is not one that a server makes.', 400)
  }
  const room = readId(roomId)
  if (!room && roomId !== undefined && roomId !== null) throw new HttpError('roomId must be an id.', 400)
  return { capabilitiesUrl, oauthId, oauthSecret, ...(room ? { roomId: room } : {}) }
}

function readOauthId({ oauthId }: Record<string, unknown>): string {
  if (typeof oauthId === 'string' && /^[\w.-]{1,100}$/.test(oauthId)) return oauthId
  throw new HttpError('oauthId is missing, or is not one that a server makes.', 400)
}

function unproven({ answer }: Extract<OauthGrant, { granted: false }>): HttpError {
  if (answer.status >= 400 && !isTransient(answer.status)) {
    return new HttpError('The server gives no token for this oauthId and oauthSecret.', 403)
  }
  return new HttpError(`The token address answered ${answer.status}, without a token.`, 502)
}

type Proven = InstallBody & Pick<Details, 'apiUrl' | 'tokenUrl'>

/**
 * The tenant is the group that the token was granted for; the group in the body is not verified. Each server numbers its
 * own groups.
 */
function toInstallation(
  { oauthId, oauthSecret, ...places }: Proven,
  { groupId, groupName, scopes }: Extract<OauthGrant, { granted: true }>,
  pattern: string,
): Installation {
  const details: Details = { ...places, scopes, pattern, ...(groupId ? { groupId } : {}) }
  const id = groupId ? `${new URL(places.capabilitiesUrl).host}/${groupId}` : oauthId
  const tenant = { id, ...(groupName ? { name: groupName } : {}) }
  return { id: oauthId, platform: name, tenant, details: { ...details }, secrets: { oauthSecret } }
}
