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

/** What delivering notifications needs. */
export interface NotificationDeliveryDeps {
  readonly platforms: readonly Platform[]
  readonly outbox: Outbox
  readonly slots: FairSlots
  readonly log: Logger
  /** Called with the outcome in each room. */
  onEnded?(sender: string, outcome: Outcome): void
}

/** Creates a function that delivers a notification to its room and resolves with the outcome. */
export function createNotificationDelivery(deps: NotificationDeliveryDeps) {
  const byName = new Map(deps.platforms.map((platform) => [platform.name, platform]))
  const pace = createPace()

  return async (entry: JournalEntry): Promise<Outcome> => {
    const { invocation } = entry
    const notification = invocation.notification as Notification // only notifications get here
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

  /** A reply that waits for its turn is not being sent yet: after a crash it is sent without a notice. */
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

/** The replies to deliver: those that an earlier process left, otherwise all. */
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
  // Not awaited: the checkpoint before the first delivery includes these records, or fails like them.
  const marks = [entry.begin(), ...parts.map((part) => entry.record(part)), entry.end('done')]
  for (const mark of marks) mark.catch(() => undefined)
  return parts
}

/** The part of a card that does not fit follows it. */
function withOverflow(reply: Reply, { cardOverflow }: Platform): readonly Reply[] {
  const overflow = reply.kind === 'card' ? cardOverflow?.(reply.card).trim() : undefined
  return reply.kind === 'card' && overflow ? [reply, overflowReply(reply, overflow)] : [reply]
}

/** Puts the sender's name before the text. */
function withSender({ from, ...reply }: PostedReply): Reply {
  if (!from || reply.kind === 'file') return reply
  if (reply.kind === 'card') return { ...reply, card: { ...reply.card, title: `${from}: ${reply.card.title}` } }
  const name = reply.format === 'html' ? `<b>${escapeHtml(from)}</b>` : from
  return { ...reply, text: `${name}: ${reply.text}` }
}

/** A reply that was being sent when the process died may have arrived, so it is not sent again. */
async function leftOver(
  entry: JournalEntry,
  { replies, doubtful }: NonNullable<JournalEntry['recovery']>,
): Promise<readonly Reply[]> {
  if (!doubtful) return replies
  const doubt = say(
    `The bot was stopped while a notification was on its way; it may be missing above (id ${entry.invocation.notification?.id}).`,
    { tone: 'warning' },
  )
  // One write stores both: a crash in between would lose the notice.
  await Promise.all([entry.drop(), entry.record(doubt)])
  return [...replies.slice(1), doubt]
}

/** Platforms find the message to edit by its call, so all updates of one topic get the same call id. */
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
