import { DeliveryError, UnavailableError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { Log } from '../../model/log.js'
import type { Installations } from '../../stores/installations.js'
import { type Caller, callMethod } from './call.js'
import { type Details, name, type Owner, readId, readText } from './wire.js'

/** The workspaces that have us. */
export interface Workspaces {
  /** The installation that a webhook's owner speaks by. */
  find(owner: Owner): Promise<Installation | undefined>
  get(id: string): Promise<Installation | undefined>
}

/** Many workspaces, each with an installation of its own, or of its organisation's. */
export function createWorkspaces(installations: Installations): Workspaces {
  return {
    async find({ teamId, enterpriseId, orgWide }) {
      const ids = orgWide ? [enterpriseId] : [teamId, enterpriseId]
      for (const id of ids) {
        const found = id ? await installations.find(name, id) : undefined
        if (found) return found
      }
      return undefined
    },
    get: (id) => installations.find(name, id),
  }
}

/** What the one workspace is learned with. */
export interface OwnWorkspaceParts extends Caller {
  readonly botToken: string
  readonly log: Log
}

/** The one workspace that a bot token belongs to: the service says which, and all others are refused. */
export function createOwnWorkspace(parts: OwnWorkspaceParts): Workspaces & { readonly learn: () => Promise<void> } {
  let known: Installation | undefined
  let learning: Promise<Installation> | undefined

  async function own(): Promise<Installation> {
    if (known) return known
    learning ??= askWhose(parts).finally(() => {
      learning = undefined
    })
    known = await learning
    return known
  }

  return {
    async find({ teamId, enterpriseId }) {
      const { id } = await own().catch(putOff)
      return id === teamId || id === enterpriseId ? known : undefined
    },
    async get(id) {
      const installation = await own()
      return installation.id === id ? installation : undefined
    },
    /** Asked at start, so that the first command need not wait for it. */
    async learn() {
      const installation = await own().catch((error: unknown) => {
        parts.log.warn({ reason: String(error) }, 'SLACK_BOT_TOKEN: Slack does not say yet which workspace it is for')
      })
      if (installation) parts.log.info({ installation: installation.id, tenant: installation.tenant.name }, 'workspace')
    },
  }
}

/** https://docs.slack.dev/reference/methods/auth.test */
async function askWhose({ botToken, ...caller }: OwnWorkspaceParts): Promise<Installation> {
  const { answer } = await callMethod(caller, 'auth.test', { by: botToken, args: {} })
  const { team_id, team, user_id, enterprise_id, is_enterprise_install: orgWide } = answer
  const id = readId(orgWide === true ? enterprise_id : team_id)
  if (!id) throw new DeliveryError('auth.test: it names no workspace', { retry: true })
  const [tenantName, botUserId] = [readText(team), readId(user_id)]
  const details: Details = { scopes: [], installedAt: 0, ...(botUserId ? { botUserId } : {}) }
  return {
    id,
    platform: name,
    tenant: { id, ...(tenantName ? { name: tenantName } : {}) },
    details: { ...details },
    secrets: { botToken },
  }
}

function putOff(error: unknown): never {
  if (!(error instanceof DeliveryError)) throw error
  throw new UnavailableError('Slack does not say which workspace SLACK_BOT_TOKEN is for.', 5, { cause: error })
}
