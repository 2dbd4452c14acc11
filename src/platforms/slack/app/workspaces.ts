import { isFailedCall, reasonOf } from '../../../delivery/retry-rule.js'
import { DeliveryError, UnavailableError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import { singleFlight } from '../../../shared/coalesce.js'
import { shortHash } from '../../../shared/crypto.js'
import { readText } from '../../../shared/json.js'
import type { Installations } from '../../../stores/installations.js'
import type { PlatformDeps } from '../../platform.js'
import { callMethod, type WebApiDeps } from '../web-api.js'
import { type Details, type InstallationOwner, name, readId } from '../wire.js'

/** The workspaces that installed the app. */
export interface Workspaces {
  /** The installation of a webhook's workspace. */
  find(owner: InstallationOwner): Promise<Installation | undefined>
  get(id: string): Promise<Installation | undefined>
  /** All of them. Throws UnavailableError while they are unknown. */
  list(): AsyncIterable<Installation>
}

/** Many workspaces, each with its own installation or its organization's. */
export function createWorkspaces(installations: Installations): Workspaces {
  return {
    async find({ teamId, enterpriseId, orgWide }) {
      for (const id of orgWide ? [enterpriseId] : [teamId, enterpriseId]) {
        const found = id ? await installations.find(name, id) : undefined
        if (found) return found
      }
      return undefined
    },
    get: (id) => installations.find(name, id),
    list: () => installations.list(name),
  }
}

/** What looking up the one workspace needs. */
export interface OwnWorkspaceDeps extends WebApiDeps, Pick<PlatformDeps, 'store' | 'log'> {
  readonly botToken: string
  readonly now?: () => number
}

/**
 * The one workspace of a bot token: the service names it, and all others are refused. While the service does not respond, it
 * is the last known one, or the first that calls, because an undistributed app has no other.
 */
export function createOwnWorkspace(deps: OwnWorkspaceDeps): Workspaces & { readonly learn: () => Promise<void> } {
  const { botToken, store, log, now = Date.now } = deps
  const pin = `${name}/workspace/${shortHash(botToken)}`
  let known: Installation | undefined
  const askOnce = singleFlight(ask)
  let askAgainAt = 0

  /** Undefined while the service does not respond. Throws DeliveryError if it refuses the token. */
  async function own(): Promise<Installation | undefined> {
    if (known || now() < askAgainAt) return known
    return await askOnce()
  }

  async function ask(): Promise<Installation | undefined> {
    try {
      const installation = await askWhose(deps)
      await store.set(pin, installation.id)
      log.info({ installation: installation.id, tenant: installation.tenant.name }, 'SLACK_BOT_TOKEN: its workspace')
      known = installation
      return installation
    } catch (error) {
      if (!isFailedCall(error) || badToken.has(reasonOf(error))) throw error
      askAgainAt = now() + 10_000
      log.warn({ reason: error.message }, 'SLACK_BOT_TOKEN: Slack does not say yet which workspace it is for')
      return undefined
    }
  }

  async function isPinned(id: string): Promise<boolean> {
    return (await store.add(pin, id)) || (await store.get(pin)) === id
  }

  return {
    async find({ teamId, enterpriseId, orgWide }) {
      const installation = await own().catch(putOff)
      if (installation) return [teamId, enterpriseId].includes(installation.id) ? installation : undefined
      const id = orgWide ? enterpriseId : teamId
      return id && (await isPinned(id)) ? toInstallation(id, botToken) : undefined
    },
    async get(id) {
      const installation = (await own()) ?? ((await isPinned(id)) ? toInstallation(id, botToken) : undefined)
      return installation?.id === id ? installation : undefined
    },
    async *list() {
      const installation = await own().catch(putOff)
      if (!installation) throw new UnavailableError('Slack does not say yet which workspace the token is for.', 10)
      yield installation
    },
    /** Asked at startup, so that the first command does not have to wait. */
    learn: async () =>
      void (await own().catch((error: unknown) =>
        log.error({ reason: String(error) }, 'SLACK_BOT_TOKEN: its workspace cannot be learned'),
      )),
  }
}

/** https://docs.slack.dev/reference/methods/auth.test */
async function askWhose({ botToken, ...caller }: OwnWorkspaceDeps): Promise<Installation> {
  // A user may be waiting, who sees an error after three seconds.
  const call = { by: botToken, args: {}, timeoutMs: 2_000 }
  const { answer } = await callMethod(caller, 'auth.test', call)
  const { team_id, team, user_id, enterprise_id, is_enterprise_install: orgWide } = answer
  const id = readId(orgWide === true ? enterprise_id : team_id)
  if (!id) throw new DeliveryError('auth.test: it names no workspace', { retry: true })
  return toInstallation(id, botToken, readText(team), readId(user_id))
}

/** The service's error codes for an invalid token. */
const badToken = new Set<unknown>('invalid_auth not_authed account_inactive token_revoked token_expired'.split(' '))

function toInstallation(id: string, botToken: string, tenantName?: string, botUserId?: string): Installation {
  const details: Details = { scopes: [], installedAt: 0, ...(botUserId ? { botUserId } : {}) }
  const tenant = { id, ...(tenantName ? { name: tenantName } : {}) }
  return { id, platform: name, tenant, details: { ...details }, secrets: { botToken } }
}

function putOff(error: unknown): never {
  if (!(error instanceof DeliveryError)) throw error
  throw new UnavailableError('Slack does not take SLACK_BOT_TOKEN.', 30, { cause: error })
}
