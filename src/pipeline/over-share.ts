import type { OverShare } from '../journal/fair-shares.js'
import type { JournalEntry } from '../journal/journal.js'
import type { Invocation } from '../model/invocation.js'
import { type Reply, whisper } from '../model/reply.js'
import type { ReplyChannel } from './reply-channel.js'

/** Ends a call that is not run because its caller or tenant has too much waiting; only the caller is told. */
export function endOverShare({ invocation, ackSlot }: JournalEntry, over: OverShare, replies: ReplyChannel): void {
  const notice = overShareNotice(invocation, over)
  // A notice in the acknowledgement costs nothing. Otherwise the notices that are already on their way are enough.
  if (!over.hasNotice && ackSlot?.claim(notice)) void ackSlot.handOver()
  replies.end('throttled', over.hasNotice ? notice : undefined)
}

function overShareNotice({ id }: Invocation, { owner, limit }: OverShare): Reply {
  const whose = owner === 'person' ? 'of your commands are waiting' : 'commands are waiting here'
  return whisper(
    `${limit.toLocaleString('en')} ${whose} already, so this one was not run. Nothing else that you type will run ` +
      `until some of them have ended (id ${id}).`,
    { tone: 'warning' },
  )
}
