import type { User } from '../../model/invocation.js'
import type { Origin } from './wire.js'

/**
 * The user of a webhook. Names can be chosen and need not be unique, so none is a handle. In shared channels, people of other
 * companies can act too: a user is from outside if their workspace is neither the installation's nor one of its
 * organization, and they are not said to belong to it.
 */
export function toUser(id: string, name: string, origin: Origin, installation: string): User {
  const { teams, shared } = origin
  const foreign = teams.find((team) => !isOurs(team, origin, installation))
  if (foreign !== undefined) return { id, name, mention: name, tenant: foreign, external: true }
  const [tenant] = teams
  if (tenant !== undefined) return { id, name, mention: name, tenant }
  return shared ? { id, name, mention: name, external: true } : { id, name, mention: name }
}

/** Whether it is the installation's own workspace or organization, or another workspace of that organization. */
function isOurs(team: string, { workspaces }: Origin, installation: string): boolean {
  const own = workspaces.find(({ teamId }) => teamId === installation)?.enterpriseId ?? installation
  if (team === installation || team === own) return true
  return workspaces.some(({ teamId, enterpriseId }) => teamId === team && enterpriseId === own)
}
