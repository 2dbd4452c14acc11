import { normalizeReply } from '../../delivery/normalize-reply.js'
import type { Hook, HookContext, HookReply } from '../../model/hook.js'
import type { Reply } from '../../model/reply.js'
import { withDeadline } from '../../shared/deadline.js'
import { asHookFault } from './failed-hook-error.js'

/** A hook's result: a reply, its rooms (undefined: all of the token), and its topic. */
export interface HookPost {
  readonly reply: Reply
  readonly rooms: readonly string[] | undefined
  readonly updateKey: string | undefined
  /** Whether it is the last update of its key. */
  readonly closesKey: boolean
}

/** Runs a hook; undefined if it posts nothing. Throws FailedHookError if it throws or takes too long. */
export async function runHook(
  hook: Hook,
  given: Omit<HookContext, 'signal'>,
  ms: number,
): Promise<HookPost | undefined> {
  const stop = new AbortController()
  const late = () => {
    const error = new Error(`run took longer than ${ms / 1_000} seconds`)
    stop.abort(error)
    return error
  }
  return await asHookFault(() => withDeadline(produce(hook, { ...given, signal: stop.signal }), ms, late))
}

async function produce(hook: Hook, context: HookContext): Promise<HookPost | undefined> {
  const reply: HookReply | undefined = normalizeReply(await hook.run(context))
  if (!reply) return undefined
  if (reply.audience === 'caller') throw new Error('it returned a whisper, but a hook has no caller')
  const rooms = roomsOf(hook, context)
  if (rooms?.length === 0) return undefined
  const { updateKey, closesKey = false, ...shown } = reply
  return { reply: shown, rooms, updateKey, closesKey }
}

function roomsOf({ to }: Hook, { event }: HookContext): readonly string[] | undefined {
  if (to === undefined) return undefined
  const rooms: unknown = typeof to === 'function' ? (to(event) ?? []) : to
  const list: readonly unknown[] = Array.isArray(rooms) ? rooms : [rooms]
  if (list.every(isRoom)) return [...new Set(list)]
  throw new Error('`to` must return a room or a list of rooms')
}

function isRoom(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
