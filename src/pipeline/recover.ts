import type { JournalEntry, RecoveryState } from '../journal/journal.js'
import type { Invocation } from '../model/invocation.js'
import { type Reply, say } from '../model/reply.js'
import { type Registry, resolveCall } from '../registry/registry.js'
import type { ReplyChannel } from './reply-channel.js'

/** What becomes of an entry that was accepted earlier: `run` it, `deliver` what it said, or `report` that it was interrupted. */
export type RecoveryAction = 'run' | 'deliver' | 'report'

/**
 * Decides from how far an earlier process had come. A run that ended is not run again, whatever it is; nor is one under
 * which two processes died: a third might.
 */
export function recoveryAction(left: RecoveryState | undefined, idempotent: boolean): RecoveryAction {
  if (!left) return 'run'
  if (left.ended) return 'deliver'
  return idempotent && left.deaths < mostDeaths ? 'run' : 'report'
}

const mostDeaths = 2

/** Whether an entry is run though its run had begun in an earlier process: it may be what ended that. */
export function runsAgain({ invocation, recovery }: JournalEntry, registry: Registry): boolean {
  if (!recovery) return false
  const idempotent = resolveCall(registry, invocation).compiled?.command.idempotent === true
  return recoveryAction(recovery, idempotent) === 'run'
}

/** Gives the replies that are left to deliver, and drops what must not be sent again. */
export async function recoverReplies(entry: JournalEntry, action: RecoveryAction): Promise<readonly Reply[]> {
  const { recovery } = entry
  if (!recovery) return []
  const { replies, doubtful } = recovery
  const dropped = action === 'run' ? replies.length : doubtful ? 1 : 0
  for (let count = 0; count < dropped; count++) await entry.drop()
  return replies.slice(dropped)
}

/** Ends a call whose run is over: says which answer may be missing, and where the run died, what to do. */
export function endRecovered(invocation: Invocation, left: RecoveryState, replies: ReplyChannel): void {
  if (left.doubtful) replies.put(doubtNotice(invocation))
  if (left.ended) replies.end(left.ended)
  else replies.end('interrupted', interruptionNotice(invocation, left))
}

function interruptionNotice({ id, user, text }: Invocation, { deaths }: RecoveryState): Reply {
  const caller = user.mention ? `@${user.mention}` : user.name
  return say(
    `${caller}, the bot was stopped ${deaths < mostDeaths ? '' : 'twice '}while it ran this, and part of it may have been done (id ${id}). ` +
      `To run it again, type: ${text.trim()}`,
    { tone: 'bad' },
  )
}

/** Sent again, the answer might stand there twice. */
function doubtNotice({ id }: Invocation): Reply {
  return say(`The bot was stopped while an answer was on its way; if it is missing above, ask again (id ${id}).`, {
    tone: 'warning',
  })
}
