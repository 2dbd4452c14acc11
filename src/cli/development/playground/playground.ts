import type { Catalog } from '../../../model/command.js'
import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import { readNotification } from '../../../notify/formats/hipchat/notification.js'
import { RefusedError } from '../../../notify/refusal.js'
import type { Playground } from '../../../simulator/playground.js'
import { offerCommands } from './offered-commands.js'
import { previewEverywhere, type SentReply } from './previews.js'
import { createSentReplies, type ShownNotification } from './sent-replies.js'

/** What the room page knows of the bot beside it. */
export interface BotPlayground extends Playground {
  /** Takes in the commands of a bot that starts. */
  readonly started: (commands: Catalog) => void
  /** Takes in a reply on its way into a room. */
  readonly sent: (reply: Reply, invocation: Invocation) => void
}

/** A message of a room, as the simulator keeps it. */
type Entry = Parameters<Playground['previews']>[0]

/** Creates it. */
export function createPlayground(): BotPlayground {
  const replies = createSentReplies()
  let catalog: Catalog | undefined
  return {
    started(commands) {
      catalog = commands
    },
    sent: replies.add,
    commands: () => offerCommands(catalog?.list() ?? []),
    previews(entry) {
      if (entry.kind !== 'notification') return []
      const shown = toNotification(entry)
      const sent = replies.find(shown) ?? readSent(entry, shown)
      return sent ? previewEverywhere(sent) : []
    },
  }
}

function toNotification({ text, format, color, attachTo, card }: Entry): ShownNotification {
  return {
    message: text,
    message_format: format ?? 'html',
    color: color as ShownNotification['color'], // the simulator lets in no other
    attach_to: attachTo,
    ...(card ? { card } : {}),
  }
}

/** What came from elsewhere, or in an earlier run, as the notifier would take it and pass it on. */
function readSent({ id, date, notify = false }: Entry, shown: ShownNotification): SentReply | undefined {
  try {
    const { reply } = readNotification({ ...shown, notify }, 64)
    return { reply, invocation: posted(id, Date.parse(date), reply) }
  } catch (error) {
    if (error instanceof RefusedError) return undefined
    throw error
  }
}

function posted(id: string, at: number, reply: SentReply['reply']): Invocation {
  const sender = { id: 'preview', name: 'A sender' }
  const place = { platform: 'hipchat', installation: '', tenant: { id: '' }, room: { id: '', name: '' } }
  return { id, ...place, user: sender, text: '', mentions: [], at, replyTo: null, notification: { id, sender, reply } }
}
