import { DeliveryError } from '../../../model/errors.js'
import type { Clock } from '../../../shared/clock.js'
import { createFifo } from '../../../shared/fifo.js'
import { formatMessage } from '../message.js'
import type { Message } from '../wire.js'
import { createLanes } from './lanes.js'
import type { Network } from './network-state.js'
import { type Job, settle, type Talk } from './talk.js'
import { createUnanswered } from './unanswered.js'

/** What goes to the server, no faster than it bears, and fair between targets. */
export interface Outgoing {
  /** Sends a command before all that is said. */
  command(line: string): void
  /** Asks the server for a sign of life. */
  ping(): void
  /** Resolves when the server has taken all lines. Rejects with DeliveryError. */
  say(talk: Talk): Promise<void>
  /** Takes the server's word on what became of lines. */
  receive(message: Message): void
  /** The connection is gone: what was not taken is refused, and may be tried again. */
  close(reason: string): void
}

/** What it is sent with, and how fast. */
export interface OutgoingDeps {
  readonly network: Pick<Network, 'capabilities' | 'features' | 'isOwn'>
  readonly clock: Clock
  write(line: string): void
  readonly pace?: Pace
}

/** How many lines go at once after a silence, and how long one more takes. */
export interface Pace {
  readonly burst: number
  readonly lineMs: number
}

/**
 * Eight lines, then one a second: servers that throw out who is faster allow ten. What they have not answered for is little
 * besides, so that one that takes its time is waited for, and its buffer does not run over.
 */
export const usualPace: Pace = { burst: 8, lineMs: 1_000 }

/** Creates it. */
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
    // Without echoes the answer to a question tells that all before it was taken.
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

  /** A server that swallows a line says nothing of it: asked, it answers at least that. */
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
