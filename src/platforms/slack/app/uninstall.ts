import type { Installation } from '../../../model/installation.js'
import type { PlatformDeps } from '../../platform.js'
import { name, type SignedPayload } from '../wire.js'

/** Whether a workspace reports that it has uninstalled the app. */
export function isUninstall(payload: SignedPayload): boolean {
  if (payload.door !== 'events' || payload.envelope.type !== 'event_callback') return false
  const { type } = payload.envelope.event
  return type === 'app_uninstalled' || type === 'tokens_revoked'
}

/**
 * Creates a function that removes an installation when its workspace reports it.
 * https://docs.slack.dev/reference/events/app_uninstalled https://docs.slack.dev/reference/events/tokens_revoked
 */
export function createUninstall({ installations, log }: Pick<PlatformDeps, 'installations' | 'log'>) {
  return async (payload: SignedPayload, installation: Installation): Promise<void> => {
    if (!isUninstall(payload) || !concerns(payload, installation)) return
    await installations.remove(name, installation.id)
    log.info({ installation: installation.id, tenant: installation.tenant.id }, 'uninstalled')
  }
}

/** Ignores late events of an earlier installation, and revoked tokens of people. */
function concerns(payload: SignedPayload, { details }: Installation): boolean {
  if (payload.door !== 'events') return false
  const { event, event_time: seconds } = payload.envelope
  const { installedAt, botUserId } = details
  if (typeof seconds === 'number' && typeof installedAt === 'number' && (seconds + 1) * 1_000 <= installedAt)
    return false
  if (event.type === 'app_uninstalled') return true
  const { bot: bots } = event.tokens
  // If the grant did not name our bot, it is the app's only one.
  return botUserId === undefined ? bots.length > 0 : bots.includes(botUserId)
}
