import type { Outbox } from '../delivery/outbox.js'
import type { Processor } from '../journal/work-queue.js'
import { isBotError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Outcome } from '../model/reply.js'
import type { Platform } from '../platforms/platform.js'
import type { Registry } from '../registry/registry.js'
import { resolveCall } from '../registry/resolve-command.js'
import { messageOf } from '../shared/error-details.js'
import { inSpan } from '../tracing.js'
import { LazyAbortController } from './lazy-abort.js'
import { endRecovered, recoverReplies, recoveryAction } from './recover.js'
import { createReplyChannel } from './reply-channel.js'
import { callIsOver, type RunCall } from './run-call.js'

/** What entries of the journal are processed with. */
export interface ProcessorDeps {
  readonly registry: Registry
  readonly run: RunCall
  readonly platforms: readonly Platform[]
  readonly outbox: Outbox
  readonly log: Logger
  /** Aborted when the bot stops. */
  readonly signal: AbortSignal
  /** Gives a promise where commands have to wait before they start. */
  whenIdle?(): Promise<void> | undefined
  /** Told how each call ended, and after how many milliseconds. */
  onEnded?(invocation: Invocation, command: string, outcome: Outcome, ms: number): void
}

/** Makes what sees an entry of the journal through, step by step, until it can be closed. */
export function createProcessor(deps: ProcessorDeps): Processor {
  const { registry, run, platforms, outbox, log, signal, whenIdle } = deps
  const byName = new Map(platforms.map((platform) => [platform.name, platform]))

  return (entry, onRunEnd) =>
    inSpan('slashroom.call', { 'slashroom.invocation': entry.invocation.id }, async (span) => {
      const { invocation, recovery } = entry
      const began = Date.now()
      const platform = byName.get(invocation.platform)
      if (!platform) {
        log.error({ invocation: invocation.id, platform: invocation.platform }, 'its platform is switched off: dropped')
        return 'undeliverable'
      }

      const call = resolveCall(registry, invocation)
      const command = call.compiled?.name ?? ''
      span.setAttribute('slashroom.command', command)

      const action = recoveryAction(recovery, call.compiled?.command.idempotent === true)
      if (recovery) log.warn({ invocation: invocation.id, step: action }, 'taken up after a crash')
      const abort = new LazyAbortController()
      const replies = createReplyChannel({
        transport: platform,
        checkpoints: entry,
        recorded: recovery ? await recoverReplies(entry, action) : [],
        isPublic: invocation.scheduled !== undefined,
        onAbandoned: () => abort.now(callIsOver),
      })
      // Replies are delivered while the command goes on; that a delivery failed is looked at when its run is over.
      const delivery = outbox.send({ invocation, replies, transport: platform, checkpoints: entry })
      delivery.catch(() => undefined)

      if (action === 'run') {
        await whenIdle?.()
        await entry.begin()
        void run(call, replies, abort, signal)
      } else if (recovery) endRecovered(invocation, recovery, replies)
      const ended = await replies.ended
      onRunEnd()

      const outcome = await delivery.then(() => ended, asOutcome)
      await tellPlatform(platform, invocation, outcome, log)
      report(invocation, command, outcome, Date.now() - began, deps)
      return outcome
    })
}

/** A reply that can never be delivered ends the call; any other fault is ours. */
function asOutcome(error: unknown): Outcome {
  if (isBotError(error, 'delivery')) return 'undeliverable'
  throw error
}

async function tellPlatform(platform: Platform, invocation: Invocation, outcome: Outcome, log: Logger): Promise<void> {
  await platform.onInvocationEnd?.(invocation, outcome).catch((error: unknown) => {
    log.warn({ invocation: invocation.id, reason: messageOf(error) }, 'not told that it ended')
  })
}

function report(
  invocation: Invocation,
  command: string,
  outcome: Outcome,
  ms: number,
  { log, onEnded }: ProcessorDeps,
): void {
  onEnded?.(invocation, command, outcome, ms)
  if (outcome === 'ignored') return
  const { id, platform, installation, room, user } = invocation
  const facts = { invocation: id, command: command || undefined, platform, installation, room: room.id, user: user.id }
  log.info({ ...facts, outcome, ms }, 'ended')
}
