import type { JournalEntry, RecoveryState } from '../journal/journal.js'
import type { Invocation, User } from '../model/invocation.js'
import { type Reply, say } from '../model/reply.js'
import { type Registry, resolveCall } from '../registry/registry.js'
import type { ReplyChannel } from './reply-channel.js'

/** What to do with a recovered entry: `run` it, `deliver` its replies, or `report` that it was interrupted. */
export type RecoveryAction = 'run' | 'deliver' | 'report'

/**
 * Decides by how far an earlier process got. A run that ended is never run again, and neither is one that two processes
 * died with, because a third might.
 */
export function recoveryAction(left: RecoveryState | undefined, idempotent: boolean): RecoveryAction {
  if (!left) return 'run'
  if (left.ended) return 'deliver'
  return idempotent && left.deaths < mostDeaths ? 'run' : 'report'
}

const mostDeaths = 2

/** Whether to run an entry again although its run had started: it may be what ended that process. */
export function runsAgain({ invocation, recovery }: JournalEntry, registry: Registry): boolean {
  if (!recovery) return false
  const idempotent = resolveCall(registry, invocation).compiled?.command.idempotent === true
  return recoveryAction(recovery, idempotent) === 'run'
}

/** Returns the replies left to deliver, and drops those that must not be sent again. */
export async function recoverReplies(entry: JournalEntry, action: RecoveryAction): Promise<readonly Reply[]> {
  const { recovery } = entry
  if (!recovery) return []
  const { replies, doubtful } = recovery
  const dropped = action === 'run' ? replies.length : doubtful ? 1 : 0
  for (let count = 0; count < dropped; count++) await entry.drop()
  return replies.slice(dropped)
}

/** Ends a call whose run is over: says that an answer may be missing and, if the run died, how to repeat it. */
export function endRecovered(
  invocation: Invocation,
  command: string,
  left: RecoveryState,
  replies: ReplyChannel,
): void {
  if (left.doubtful) replies.put(doubtNotice(invocation, command))
  if (left.ended) replies.end(left.ended)
  else replies.end('interrupted', interruptionNotice(invocation, left))
}

function interruptionNotice({ id, user, text }: Invocation, { deaths }: RecoveryState): Reply {
  return say(
    `${addressed(user)}, the bot was stopped ${deaths < mostDeaths ? '' : 'twice '}while it ran this, and part of it may have been done (id ${id}). ` +
      `To run it again, type: ${text.trim()}`,
    { tone: 'bad' },
  )
}

/** Sending the answer again could show it twice. Only the command is named: the answer may have been private. */
function doubtNotice({ id, user }: Invocation, command: string): Reply {
  const what = command === '' ? 'an answer to you' : `an answer to your /${command}`
  return say(
    `${addressed(user)}, the bot was stopped while ${what} was on its way; if it is missing above, ask again (id ${id}).`,
    { tone: 'warning' },
  )
}

function addressed({ mention, name }: User): string {
  return mention ? `@${mention}` : name
}
