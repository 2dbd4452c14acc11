import type { User } from '../../model/invocation.js'
import type { Origin } from './wire.js'

/**
 * Somebody, as a webhook of this installation tells of them. User names can be chosen and changed, and two may have the
 * same, so that none is a handle. In channels that are shared with other companies people of those act too: from outside is
 * who is of a workspace that is neither the installation's nor one of its organisation, and who is said to be of none there.
 */
export function toUser(id: string, name: string, origin: Origin, installation: string): User {
  const { teams, shared } = origin
  const foreign = teams.find((team) => !isOurs(team, origin, installation))
  if (foreign !== undefined) return { id, name, mention: name, tenant: foreign, external: true }
  const [tenant] = teams
  if (tenant !== undefined) return { id, name, mention: name, tenant }
  return shared ? { id, name, mention: name, external: true } : { id, name, mention: name }
}

/** Whether it is the installation's own workspace or organisation, or another workspace that the webhook says is part of it. */
function isOurs(team: string, { workspaces }: Origin, installation: string): boolean {
  const own = workspaces.find(({ teamId }) => teamId === installation)?.enterpriseId ?? installation
  if (team === installation || team === own) return true
  return workspaces.some(({ teamId, enterpriseId }) => teamId === team && enterpriseId === own)
}
