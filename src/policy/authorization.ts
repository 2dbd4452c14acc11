import type { Command } from '../model/command.js'
import { ForbiddenError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { formatDuration } from '../parsing/duration.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { toMilliseconds } from '../registry/validate-command.js'
import type { Store } from '../stores/store.js'
import { encoded, tenantKey } from '../stores/tenant-store.js'
import { holdsRoom, type Policy } from './policy.js'

/** Why the caller may not run the command here, in words for the room; undefined where they may. */
export async function denialReason(
  compiled: CompiledCommand,
  invocation: Invocation,
  policy: Policy,
): Promise<string | undefined> {
  const { decision, rule } = policy.evaluate(compiled, invocation)
  const refused = `You may not run /${compiled.name} here.`
  if (decision === 'deny') return rule?.reason ?? refused
  const own = isScheduledBy(compiled.name, invocation)
  if (own && decision === 'approve')
    return `/${compiled.name} needs a second person's yes, so that no schedule may run it.`
  return (await isAllowed(compiled.command, invocation, own)) ? undefined : refused
}

/** Says whether the command's own schedule runs it: of that, its author is not asked who, how often and whether at all. */
export function isScheduledBy(command: string, { scheduled }: Invocation): boolean {
  return scheduled === command
}

/**
 * Says whether the command's own lists and predicate hold. Users and tenants are known by their ids, which nobody can
 * choose; rooms by id, or by name where it is written `#name`.
 */
async function isAllowed({ allow }: Command, invocation: Invocation, own: boolean): Promise<boolean> {
  if (!allow) return true
  const { user, room, tenant } = invocation
  if (allow.tenants && !allow.tenants.includes(tenant.id)) return false
  if (allow.rooms && !holdsRoom(allow.rooms, room)) return false
  if (own) return true
  if (allow.users && !allow.users.includes(user.id)) return false
  if (allow.roles && !allow.roles.some((role) => user.roles?.includes(role))) return false
  return allow.when === undefined || (await allow.when({ user, invocation })) === true
}

/** Throws ForbiddenError while the command's cooldown lasts, for all processes on the store; else begins it. */
export async function acquireCooldown(
  name: string,
  command: Command,
  invocation: Invocation,
  store: Store,
  now: () => number,
): Promise<void> {
  const { cooldown } = command
  if (!cooldown || isScheduledBy(name, invocation)) return
  const ttlMs = toMilliseconds(cooldown.every) ?? 0
  const { per = 'user' } = cooldown
  const whose = per === 'tenant' ? '' : per === 'room' ? invocation.room.id : invocation.user.id
  const key = tenantKey('cooldown', invocation, `${name.replaceAll(' ', '.')}/${per}/${encoded(whose)}`)
  const turn = { until: now() + ttlMs, by: invocation.id }
  if (await store.add(key, turn, { ttlMs })) return
  const running = (await store.get(key)) as Partial<typeof turn> | undefined
  // The same invocation again is a call that a crash interrupted: it has had its turn.
  if (running?.by === invocation.id) return
  const left = Math.max(1000, Math.ceil(((running?.until ?? 0) - now()) / 1000) * 1000)
  throw new ForbiddenError(`/${name} can be run again in ${formatDuration(left)}.`)
}
