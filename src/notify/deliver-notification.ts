import type { Outbox, ReplySource, Transport } from '../delivery/outbox.js'
import { undeliveredOutcome } from '../delivery/outbox.js'
import { overflowReply, splitReply } from '../delivery/split.js'
import type { JournalEntry } from '../journal/journal.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Notification, PostedReply } from '../model/notification.js'
import { escapeHtml, type Outcome, type Reply, say } from '../model/reply.js'
import type { Platform } from '../platforms/platform.js'
import { fingerprint } from '../shared/crypto.js'
import { createPace } from './event-loop-pace.js'
import type { FairSlots } from './fair-slots.js'

/** What notifications are delivered with. */
export interface NotificationDeliveryDeps {
  readonly platforms: readonly Platform[]
  readonly outbox: Outbox
  readonly slots: FairSlots
  readonly log: Logger
  /** Told how each ended in each room. */
  onEnded?(sender: string, outcome: Outcome): void
}

/** Creates a function that delivers one notification to its room, and says how that ended. */
export function createNotificationDelivery(deps: NotificationDeliveryDeps) {
  const byName = new Map(deps.platforms.map((platform) => [platform.name, platform]))
  const pace = createPace()

  return async (entry: JournalEntry): Promise<Outcome> => {
    const { invocation } = entry
    const notification = invocation.notification as Notification // nothing else comes here
    const platform = byName.get(invocation.platform)
    const outcome = platform ? await deliver(entry, notification, platform) : 'undeliverable'
    deps.onEnded?.(notification.sender.name, outcome)
    deps.log.info(
      {
        notification: notification.id,
        sender: notification.sender.name,
        platform: invocation.platform,
        room: invocation.room.id,
        outcome,
      },
      'notification ended',
    )
    return outcome
  }

  async function deliver(entry: JournalEntry, notification: Notification, platform: Platform): Promise<Outcome> {
    const replies = toSource(await prepare(entry, notification, platform))
    const sent = deps.outbox.send({ invocation: entry.invocation, replies, ...inSlots(entry, notification, platform) })
    return await sent.then(() => 'done' as const, undeliveredOutcome)
  }

  /** What waits for its slot is not being sent: after a crash it is sent, and nobody is told that it may be missing. */
  function inSlots(entry: JournalEntry, { id, sender, key }: Notification, platform: Platform) {
    let leave = () => {}
    const transport: Transport = {
      maxTextLength: platform.maxTextLength,
      canEdit: (reply) => platform.canEdit?.(reply) ?? true,
      async deliver(reply, invocation) {
        try {
          await platform.deliver(reply, key === undefined ? invocation : sameNews(invocation, sender.id, key))
        } finally {
          leave()
        }
      },
    }
    const sending = async () => {
      leave = await deps.slots.enter(sender.id)
      if (entry.invocation.id !== id) await pace()
      await entry.sending().catch((error: unknown) => {
        leave()
        throw error
      })
    }
    return { transport, checkpoints: { ...entry, sending } }
  }
}

/** What is delivered, as it is recorded: what an earlier process left of it, or else all. */
async function prepare(
  entry: JournalEntry,
  { reply, key }: Notification,
  platform: Platform,
): Promise<readonly Reply[]> {
  const { recovery } = entry
  if (recovery && (recovery.ended || recovery.replies.length > 0)) return await leftOver(entry, recovery)
  const named = platform.showsSender ? reply : withSender(reply)
  const editable = key === undefined ? named : { ...named, updateKey: key }
  const parts = withOverflow(editable, platform).flatMap((part) => splitReply(part, platform.maxTextLength))
  // Not awaited: the write that marks the first as being sent keeps them too, or fails as they do.
  const marks = [entry.begin(), ...parts.map((part) => entry.record(part)), entry.end('done')]
  for (const mark of marks) mark.catch(() => undefined)
  return parts
}

/** What a card has no room for there follows it. */
function withOverflow(reply: Reply, { cardOverflow }: Platform): readonly Reply[] {
  const overflow = reply.kind === 'card' ? cardOverflow?.(reply.card).trim() : undefined
  return reply.kind === 'card' && overflow ? [reply, overflowReply(reply, overflow)] : [reply]
}

/** Who speaks stands before what is said, as in a play. */
function withSender({ from, ...reply }: PostedReply): Reply {
  if (!from || reply.kind === 'file') return reply
  if (reply.kind === 'card') return { ...reply, card: { ...reply.card, title: `${from}: ${reply.card.title}` } }
  const name = reply.format === 'html' ? `<b>${escapeHtml(from)}</b>` : from
  return { ...reply, text: `${name}: ${reply.text}` }
}

/** What was being sent when the process died may have arrived: sent again, it might stand there twice. */
async function leftOver(
  entry: JournalEntry,
  { replies, doubtful }: NonNullable<JournalEntry['recovery']>,
): Promise<readonly Reply[]> {
  if (!doubtful) return replies
  const doubt = say(
    `The bot was stopped while a notification was on its way; it may be missing above (id ${entry.invocation.notification?.id}).`,
    { tone: 'warning' },
  )
  // One write keeps both: a crash between them would leave nothing that tells of it.
  await Promise.all([entry.drop(), entry.record(doubt)])
  return [...replies.slice(1), doubt]
}

/** Platforms find what is edited by its call: all news of one thing is one, for ever. */
function sameNews(invocation: Invocation, sender: string, key: string): Invocation {
  return {
    ...invocation,
    id: fingerprint('news', sender, key, invocation.platform, invocation.installation, invocation.room.id),
  }
}

function toSource(replies: readonly Reply[]): ReplySource {
  const queue = [...replies]
  return {
    next: async () => queue.shift(),
    isDone: () => queue.length === 0,
    ended: Promise.resolve(),
    abandon: () => void queue.splice(0),
  }
}
