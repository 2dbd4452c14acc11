import { ForbiddenError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { formatDuration } from '../parsing/duration.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { toMilliseconds } from '../registry/validate-command.js'
import type { Store } from '../stores/store.js'
import { encodeId, tenantKey } from '../stores/tenant-store.js'
import { isScheduledBy } from './authorization.js'

/** Throws ForbiddenError during the command's cooldown, which all processes share; otherwise starts it. */
export async function acquireCooldown(
  { name, command }: CompiledCommand,
  invocation: Invocation,
  store: Store,
  now: () => number,
): Promise<void> {
  const { cooldown } = command
  if (!cooldown || isScheduledBy(name, invocation)) return
  const ttlMs = toMilliseconds(cooldown.every) ?? 0
  const { per = 'user' } = cooldown
  const whose = per === 'tenant' ? '' : per === 'room' ? invocation.room.id : invocation.user.id
  const key = tenantKey('cooldown', invocation, `${nameInKey(name)}/${per}/${encodeId(whose)}`)
  const turn = { until: now() + ttlMs, by: invocation.id }
  if (await store.add(key, turn, { ttlMs })) return
  const running = (await store.get(key)) as Partial<typeof turn> | undefined
  // The same invocation again is a call that a crash interrupted.
  if (running?.by === invocation.id) return
  const left = Math.max(1000, Math.ceil(((running?.until ?? 0) - now()) / 1000) * 1000)
  throw new ForbiddenError(`/${name} can be run again in ${formatDuration(left)}.`)
}

/** Existing stores have `deploy start` as `deploy.start`, so names that contain a dot are encoded differently. */
function nameInKey(name: string): string {
  return name.replaceAll('.', '%2e').replaceAll(' ', '.')
}
