import type { Outbox } from '../delivery/outbox.js'
import type { JournalEntry, Processor, RecoveryState } from '../journal/journal.js'
import type { Command } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, say } from '../model/reply.js'
import type { Platform } from '../platforms/platform.js'
import { inSpan } from '../tracing.js'
import type { CallReplies } from './dispatch.js'
import { recoveryAction } from './recover.js'

interface ProcessorDeps {
  readonly platforms: readonly Platform[]
  readonly outbox: Outbox
  readonly log: Logger
  dispatch(invocation: Invocation): CallReplies
  /** Gives a promise where commands must wait before they start. */
  whenIdle?(): Promise<void> | undefined
  /** The command that the invocation calls, where there is one. */
  commandOf(invocation: Invocation): { readonly name: string; readonly command: Command } | undefined
  /** Told how each call ended, and after how many milliseconds. */
  onEnded?(invocation: Invocation, command: string, outcome: Outcome, ms: number): void
}

/** Sees one journal entry through: run, or take up where an earlier process died, and deliver what there is to say. */
export function createProcessor({
  platforms,
  outbox,
  log,
  dispatch,
  whenIdle,
  commandOf,
  onEnded,
}: ProcessorDeps): Processor {
  const byName = new Map(platforms.map((platform) => [platform.name, platform]))

  return async (entry) => {
    const { invocation } = entry
    const began = Date.now()
    const { id, platform, installation, room, user } = invocation
    const { outcome, command } = await inSpan('slashroom.call', { 'slashroom.invocation': id }, async (span) => {
      const result = await see(entry)
      span.setAttribute('slashroom.command', result.command)
      return result
    })
    await byName
      .get(platform)
      ?.onInvocationEnd?.(invocation, outcome)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        log.warn({ invocation: id, reason }, 'not told that it ended')
      })
    const ms = Date.now() - began
    onEnded?.(invocation, command, outcome, ms)
    if (outcome === 'ignored') return outcome
    log.info(
      {
        invocation: id,
        command: command || undefined,
        platform,
        installation,
        room: room.id,
        user: user.id,
        outcome,
        ms,
      },
      'ended',
    )
    return outcome
  }

  async function see(entry: JournalEntry): Promise<Ended> {
    const { invocation, recovery: left } = entry
    const platform = byName.get(invocation.platform)
    if (!platform) {
      log.error({ invocation: invocation.id, platform: invocation.platform }, 'its platform is switched off: dropped')
      return { outcome: 'undeliverable', command: '' }
    }
    return left ? await takeUp(entry, left, platform) : await run(entry, platform)
  }

  async function run(entry: JournalEntry, platform: Platform): Promise<Ended> {
    const { invocation } = entry
    const waiting = whenIdle?.()
    if (waiting) await waiting
    await entry.begin()
    const replies = dispatch(invocation)
    return {
      outcome: await outbox.send({ invocation, replies, transport: platform, checkpoints: entry }),
      command: replies.command,
    }
  }

  async function takeUp(entry: JournalEntry, left: RecoveryState, platform: Platform): Promise<Ended> {
    const { invocation } = entry
    const called = commandOf(invocation)
    const command = called?.name ?? ''
    const step = recoveryAction(left, called?.command.idempotent === true)
    log.warn({ invocation: invocation.id, step }, 'taken up after a crash')
    if (step === 'run') {
      for (const _ of left.replies) await entry.drop()
      return await run(entry, platform)
    }
    const replies = step === 'deliver' ? finish(invocation, left) : report(invocation, left)
    const noted = left.doubtful ? left.replies.slice(1) : left.replies
    if (left.doubtful) await entry.drop()
    return {
      outcome: await outbox.send({ invocation, replies, transport: platform, checkpoints: entry, recorded: noted }),
      command,
    }
  }
}

/** How a call ended, and the name of its command; empty where it called none. */
interface Ended {
  readonly outcome: Outcome
  readonly command: string
}

/** The run had ended: what it said is noted, and only its ending is left to show. */
async function* finish(invocation: Invocation, left: RecoveryState): AsyncGenerator<Reply, Outcome> {
  if (left.doubtful) yield doubt(invocation)
  return left.ended ?? 'done'
}

/** The run died: says so, with what to do. */
async function* report(invocation: Invocation, left: RecoveryState): AsyncGenerator<Reply, Outcome> {
  if (left.doubtful) yield doubt(invocation)
  const caller = invocation.user.mention ? `@${invocation.user.mention}` : invocation.user.name
  yield say(
    `${caller}, the bot was stopped while it ran this, and part of it may have been done (id ${invocation.id}). ` +
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
