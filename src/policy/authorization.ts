import type { Command } from '../model/command.js'
import { type Invocation, isAnonymous, rolesOf } from '../model/invocation.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { type Decision, holdsRoom, type Policy } from './policy.js'

/** The decision of the policy, and of the command itself, about a call. */
export interface Authorization {
  readonly decision: Decision
  /** Why the caller may not run the command here, in words for the room; undefined if they may. */
  readonly denied?: string | undefined
}

/** Decides about a call. */
export async function authorize(
  compiled: CompiledCommand,
  invocation: Invocation,
  policy: Policy,
): Promise<Authorization> {
  const { user } = invocation
  const decision =
    policy.allowsAll && !user.external && !isAnonymous(user) ? allowed : policy.evaluate(compiled, invocation)
  return { decision, denied: await findDenial(compiled, invocation, decision) }
}

const allowed: Decision = { decision: 'allow', rule: undefined }

/** Whether the caller may run it, and so may see it. If its predicate throws, it is shown, and running it reports the error. */
export async function mayRun(compiled: CompiledCommand, invocation: Invocation, policy: Policy): Promise<boolean> {
  const { denied } = await authorize(compiled, invocation, policy).catch(() => ({ denied: 'failed' }))
  return denied === undefined
}

async function findDenial(compiled: CompiledCommand, invocation: Invocation, { decision, rule }: Decision) {
  const refused = `You may not run /${compiled.name} here.`
  if (decision === 'deny') return rule?.reason ?? strangersDenial(invocation) ?? refused
  const own = isScheduledBy(compiled.name, invocation)
  if (own && decision === 'approve')
    return `/${compiled.name} needs a second person's yes, so that no schedule may run it.`
  return (await isAllowed(compiled.command, invocation, own)) ? undefined : refused
}

function strangersDenial({ user }: Invocation): string | undefined {
  if (isAnonymous(user)) return unproven
  return user.external ? outsiders : undefined
}

const unproven = 'Your identity is not verified, so you can run only commands that allow everyone.'
const outsiders = 'You are from outside this organization, so you can run only what the operator allows you to.'

/** Whether the command's own schedule runs it: then its `allow`, `cooldown` and `confirm` do not apply. */
export function isScheduledBy(command: string, invocation: Invocation): boolean {
  return invocation.scheduled === command && Object.hasOwn(invocation, 'scheduled')
}

/**
 * Whether the command's own lists and predicate allow the caller. Users and tenants are matched by ids, which nobody can
 * choose; rooms by id, or by name as `#name`.
 */
async function isAllowed({ allow }: Command, invocation: Invocation, own: boolean): Promise<boolean> {
  if (!allow || allow === 'anyone') return true
  const { user, room, tenant } = invocation
  if (allow.tenants && !allow.tenants.includes(tenant.id)) return false
  if (allow.rooms && !holdsRoom(allow.rooms, room)) return false
  if (own) return true
  if (allow.users && !allow.users.includes(user.id)) return false
  if (allow.roles && !allow.roles.some((role) => rolesOf(user).includes(role))) return false
  return allow.when === undefined || (await allow.when({ user, invocation })) === true
}
