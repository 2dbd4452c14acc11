import { DeliveryError } from '../../../model/errors.js'
import type { Clock } from '../../../shared/clock.js'
import { createFifo } from '../../../shared/fifo.js'
import { formatMessage } from '../message.js'
import type { Message } from '../wire.js'
import { createLanes } from './lanes.js'
import type { Network } from './network-state.js'
import { type Job, settle, type Talk } from './talk.js'
import { createUnanswered } from './unanswered.js'

/** Sends to the server, no faster than it tolerates and fairly between targets. */
export interface Outgoing {
  /** Sends a command before all waiting talks. */
  command(line: string): void
  /** Sends a PING, which a live server answers. */
  ping(): void
  /** Resolves when the server has accepted all lines. Rejects with DeliveryError. */
  say(talk: Talk): Promise<void>
  /** Handles a message that may say what became of lines. */
  receive(message: Message): void
  /** The connection is gone: talks that were not fully accepted are rejected and can be retried. */
  close(reason: string): void
}

/** What sending needs. */
export interface OutgoingDeps {
  readonly network: Pick<Network, 'capabilities' | 'features' | 'isOwn'>
  readonly clock: Clock
  write(line: string): void
  readonly pace?: Pace
}

/** How many lines may go at once after a silence, and the interval between further ones. */
export interface Pace {
  readonly burst: number
  readonly lineMs: number
}

/**
 * Eight lines, then one per second: servers that throw out faster clients allow ten. The number of unanswered lines is
 * limited too, so that the bot waits for a slow server instead of overrunning its buffer.
 */
export const usualPace: Pace = { burst: 8, lineMs: 1_000 }

/** Creates it, with nothing waiting. */
export function createOutgoing({ network, clock, write, pace = usualPace }: OutgoingDeps): Outgoing {
  const commands = createFifo<string>()
  const lanes = createLanes()
  const unanswered = createUnanswered(network)
  let [allowance, countedAt, labels, isClosed] = [pace.burst, clock.now(), 0, false]
  let cancelTimer: (() => void) | undefined
  let cancelCheck: (() => void) | undefined

  const has = (capability: string) => network.capabilities.has(capability)

  function pump(): void {
    if (isClosed) return
    refill()
    while (allowance >= 1) {
      const line = nextLine()
      if (line === undefined) return
      allowance -= 1
      write(line)
    }
    cancelTimer ??= clock.after(Math.ceil((1 - allowance) * pace.lineMs), () => {
      cancelTimer = undefined
      pump()
    })
  }

  function refill(): void {
    const now = clock.now()
    allowance = Math.min(pace.burst, allowance + Math.max(0, now - countedAt) / pace.lineMs)
    countedAt = now
  }

  function nextLine(): string | undefined {
    const command = commands.take()
    if (command !== undefined) return command
    const job = unanswered.isFull() ? undefined : lanes.next()
    if (job) return toLine(job)
    // Without echoes, the answer to a PING shows that everything before it was accepted.
    return !has('echo-message') && !unanswered.isEmpty() && !unanswered.isAsked() ? question() : undefined
  }

  function toLine(job: Job): string {
    const { verb, target, lines } = job.talk
    const text = lines[job.next++] ?? ''
    const label = has('labeled-response') ? `s${++labels}` : undefined
    const line = formatMessage(verb, target, text)
    unanswered.add({ job, label, bytes: Buffer.byteLength(line), target: network.features.fold(target) })
    cancelCheck ??= clock.after(patienceMs, check)
    return label ? `@label=${label} ${line}` : line
  }

  /** A server that drops a line does not say so, but it still answers a PING. */
  function check(): void {
    cancelCheck = undefined
    if (!unanswered.isEmpty() && !unanswered.isAsked()) commands.add(question())
    pump()
  }

  function question(): string {
    unanswered.addQuestion()
    return 'PING slashroom'
  }

  return {
    command(line) {
      commands.add(line)
      pump()
    },
    ping() {
      commands.add(question())
      pump()
    },
    say(talk) {
      if (isClosed) return Promise.reject(lost('it is closed'))
      return new Promise((resolve, reject) => {
        const job = { talk, next: 0, taken: 0, isOver: false, resolve, reject }
        lanes.add(network.features.fold(talk.target), job)
        pump()
      })
    },
    receive(message) {
      if (unanswered.receive(message)) pump()
    },
    close(reason) {
      isClosed = true
      cancelTimer?.()
      cancelCheck?.()
      for (const job of new Set([...lanes.takeAll(), ...unanswered.jobs()])) settle(job, lost(reason))
    },
  }
}

const patienceMs = 5_000

function lost(reason: string): DeliveryError {
  return new DeliveryError(`the connection was lost: ${reason}`, { retry: true })
}
