import type { Outbox } from './delivery/outbox.js'
import type { Entry, Leftover, Work } from './journal/journal.js'
import { resume } from './journal/recovery.js'
import type { Command } from './model/command.js'
import type { Invocation } from './model/invocation.js'
import type { Log } from './model/log.js'
import { type Outcome, type Reply, say } from './model/reply.js'
import type { Platform } from './platforms/platform.js'
import { inSpan } from './spans.js'

interface Parts {
  readonly platforms: readonly Platform[]
  readonly outbox: Outbox
  readonly log: Log
  dispatch(invocation: Invocation): AsyncGenerator<Reply, Outcome>
  /** Resolves when a command may start; left out, at once. */
  clear?(): Promise<void>
  /** The command that the invocation calls, where there is one. */
  commandOf(invocation: Invocation): { readonly name: string; readonly command: Command } | undefined
  /** Told how each call ended, and after how many milliseconds. */
  onEnded?(invocation: Invocation, command: string, outcome: Outcome, ms: number): void
}

/** Sees one journal entry through: run, or take up where an earlier process died, and deliver what there is to say. */
export function seeThrough({ platforms, outbox, log, dispatch, clear, commandOf, onEnded }: Parts): Work {
  const ways = new Map(platforms.map((platform) => [platform.name, platform]))

  return async (entry) => {
    const { invocation } = entry
    const began = Date.now()
    const called = commandOf(invocation)
    const attributes = { 'slashroom.invocation': invocation.id, 'slashroom.command': called?.name ?? '' }
    const outcome = await inSpan('slashroom.call', attributes, () => see(entry, called?.command.idempotent === true))
    await ways
      .get(invocation.platform)
      ?.ended?.(invocation, outcome)
      .catch((error: unknown) => {
        log.warn(
          { invocation: invocation.id, reason: error instanceof Error ? error.message : String(error) },
          'not told that it ended',
        )
      })
    const ms = Date.now() - began
    onEnded?.(invocation, called?.name ?? '', outcome, ms)
    if (outcome === 'ignored') return outcome
    const { id, platform, installation, room, user } = invocation
    log.info(
      { invocation: id, command: called?.name, platform, installation, room: room.id, user: user.id, outcome, ms },
      'ended',
    )
    return outcome
  }

  async function see(entry: Entry, idempotent: boolean): Promise<Outcome> {
    const { invocation, left } = entry
    const way = ways.get(invocation.platform)
    if (!way) {
      log.error({ invocation: invocation.id, platform: invocation.platform }, 'its platform is switched off: dropped')
      return 'undeliverable'
    }
    const step = resume(left, idempotent)
    if (left) log.warn({ invocation: invocation.id, step }, 'taken up after a crash')
    if (!left || step === 'run') {
      for (const _ of left?.replies ?? []) await entry.drop()
      return await outbox.send({ invocation, replies: run(entry), way, notes: entry })
    }
    const replies = step === 'deliver' ? finish(invocation, left) : report(invocation, left)
    const noted = left.doubtful ? left.replies.slice(1) : left.replies
    if (left.doubtful) await entry.drop()
    return await outbox.send({ invocation, replies, way, notes: entry, noted })
  }

  async function* run(entry: Entry): AsyncGenerator<Reply, Outcome> {
    await clear?.()
    await entry.begin()
    return yield* dispatch(entry.invocation)
  }
}

/** The run had ended: what it said is noted, and only its ending is left to show. */
async function* finish(invocation: Invocation, left: Leftover): AsyncGenerator<Reply, Outcome> {
  if (left.doubtful) yield doubt(invocation)
  return left.ended ?? 'done'
}

/** The run died: says so, with what to do. */
async function* report(invocation: Invocation, left: Leftover): AsyncGenerator<Reply, Outcome> {
  if (left.doubtful) yield doubt(invocation)
  const asker = invocation.user.mention ? `@${invocation.user.mention}` : invocation.user.name
  yield say(
    `${asker}, the bot was stopped while it ran this, and part of it may have been done (id ${invocation.id}). ` +
      `To run it again, type: ${invocation.text.trim()}`,
    { tone: 'bad' },
  )
  return 'interrupted'
}

/** Sent again, the answer might stand there twice. */
function doubt({ id }: Invocation): Reply {
  return say(`The bot was stopped while an answer was on its way; if it is missing above, ask again (id ${id}).`, {
    tone: 'warning',
  })
}
