import { ForbiddenError, type Invocation, UsageError } from 'slashroom'
import { names } from './_format.js'
import type { Target, Who } from './_target.js'

/** The targets that the caller's tenant may see. */
export function visible(targets: readonly Target[], { tenant }: Invocation): readonly Target[] {
  return targets.filter(({ allow }) => allow === 'everyone' || (allow.tenants?.includes(tenant.id) ?? true))
}

/** The targets of a service and environment; all if neither is given. */
export function choose(targets: readonly Target[], service?: string, env?: string): readonly Target[] {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  const ofService = service ? targets.filter((target) => same(target.service, service)) : targets
  if (ofService.length === 0) {
    throw new UsageError(
      targets.length > 0
        ? `There is no service “${service}”. There are: ${names(targets.map((target) => target.service))}.`
        : 'There is nothing to deploy here.',
    )
  }
  const chosen = env ? ofService.filter((target) => same(target.env, env)) : ofService
  if (chosen.length > 0) return chosen
  throw new UsageError(
    `${service ?? 'That'} has no environment “${env}”. There are: ${names(ofService.map((target) => target.env))}.`,
  )
}

/** The target that is meant: without an environment, the service's first one in the file. */
export function chooseOne(targets: readonly Target[], service?: string, env?: string): Target {
  const chosen = choose(targets, service, env)
  const [first] = chosen
  if (first && chosen.every((target) => target.service === first.service)) return first
  throw new UsageError(`Which service? There are: ${names(chosen.map((target) => target.service))}.`)
}

/** Throws ForbiddenError if the caller may not deploy there. */
export function authorise({ allow, service, env }: Target, { tenant, room, user }: Invocation): void {
  if (allow === 'everyone') return
  const fits = (list: Who[keyof Who], ...of: readonly string[]) => !list || list.some((entry) => of.includes(entry))
  const may =
    fits(allow.tenants, tenant.id) &&
    fits(allow.rooms, room.id, `#${room.name}`) &&
    fits(allow.users, user.id) &&
    fits(allow.roles, ...(user.roles ?? []))
  if (!may) throw new ForbiddenError(`You may not deploy ${service} to ${env} from here.`)
}

/** Returns the version if it is well-formed, because it reaches scripts and addresses. Throws UsageError. */
export function checkVersion(target: Target, version: string): string {
  const fits = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(version) && !version.includes('..')
  if (fits && (target.versions?.test(version) ?? true)) return version
  throw new UsageError(
    target.example ? 'Write the version as 1.2.3.' : `That is not a version of ${target.service} as I know them.`,
  )
}
