import { DeliveryError } from '../../../model/errors.js'
import type { Clock } from '../../../shared/clock.js'
import { createFifo, type Fifo } from '../../../shared/fifo.js'
import { toPrintable } from '../../../shared/printable.js'
import { shorten } from '../../../shared/text.js'
import { formatMessage } from '../message.js'
import { retryExceptions } from '../retry-exceptions.js'
import type { Message } from '../wire.js'
import type { Network } from './network-state.js'

/** Lines to one target, in order. */
export interface Talk {
  readonly verb: 'PRIVMSG' | 'NOTICE'
  /** A channel or a nick. */
  readonly target: string
  readonly lines: readonly string[]
  /** Told of each line that the server has taken. */
  onTaken?(): void
}

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
const [windowLines, windowBytes] = [8, 1_000]

/** Creates it. */
export function createOutgoing({ network, clock, write, pace = usualPace }: OutgoingDeps): Outgoing {
  const commands = createFifo<string>()
  const lanes = new Map<string, Fifo<Job>>()
  const unanswered: Sent[] = []
  const batches = new Map<string, Sent>()
  let [allowance, countedAt, pings, labels, isClosed] = [pace.burst, clock.now(), 0, 0, false]
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
    const isFull =
      unanswered.length >= windowLines || unanswered.reduce((sum, { bytes }) => sum + bytes, 0) >= windowBytes
    const job = isFull ? undefined : nextJob()
    if (job) return toLine(job)
    // Without echoes the answer to a question tells that all before it was taken.
    return !has('echo-message') && unanswered.length > 0 && pings === 0 ? question() : undefined
  }

  /** Round robin over targets. */
  function nextJob(): Job | undefined {
    for (const [target, lane] of lanes) {
      lanes.delete(target)
      let job = lane.first()
      while (job && (job.isOver || job.next >= job.talk.lines.length)) {
        lane.take()
        job = lane.first()
      }
      if (!job) continue
      lanes.set(target, lane)
      return job
    }
    return undefined
  }

  function toLine(job: Job): string {
    const { verb, target, lines } = job.talk
    const text = lines[job.next++] ?? ''
    const label = has('labeled-response') ? `s${++labels}` : undefined
    const line = formatMessage(verb, target, text)
    unanswered.push({ job, label, bytes: Buffer.byteLength(line), target: network.features.fold(target) })
    cancelCheck ??= clock.after(patienceMs, check)
    return label ? `@label=${label} ${line}` : line
  }

  /** A server that swallows a line says nothing of it: asked, it answers at least that. */
  function check(): void {
    cancelCheck = undefined
    if (unanswered.length > 0 && pings === 0) commands.add(question())
    pump()
  }

  function question(): string {
    pings += 1
    unanswered.push(mark)
    return 'PING slashroom'
  }

  /** Questions are answered in order, and after all that was said before them. */
  function answered(): void {
    pings = Math.max(0, pings - 1)
    const at = unanswered.indexOf(mark)
    for (const one of unanswered.splice(0, at + 1)) settle(one)
  }

  function settle({ job }: Sent, failure?: DeliveryError): void {
    if (!job || job.isOver) return
    if (failure) {
      job.isOver = true
      job.reject(failure)
      return
    }
    job.taken += 1
    job.talk.onTaken?.()
    if (job.taken < job.talk.lines.length) return
    job.isOver = true
    job.resolve()
  }

  function find(message: Message): Sent | undefined {
    const label = message.tags.get('label')
    if (label !== undefined) return unanswered.find((sent) => sent.label === label)
    const batch = batches.get(message.tags.get('batch') ?? '')
    if (batch) return batch
    const target = network.features.fold(message.params[isNumeric(message.command) ? 1 : 0] ?? '')
    return unanswered.find((sent) => sent.target === target)
  }

  function take(sent: Sent | undefined, failure?: DeliveryError): void {
    const at = sent ? unanswered.indexOf(sent) : -1
    if (!sent || at < 0) return
    unanswered.splice(at, 1)
    settle(sent, failure)
  }

  function noteBatch(message: Message): void {
    const [reference = ''] = message.params
    const id = reference.slice(1)
    const sent = message.tags.has('label') ? find(message) : undefined
    if (reference.startsWith('+') && sent) batches.set(id, sent)
    if (!reference.startsWith('-')) return
    take(batches.get(id))
    batches.delete(id)
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
        const target = network.features.fold(talk.target)
        const lane = lanes.get(target) ?? createFifo<Job>()
        lane.add({ talk, next: 0, taken: 0, isOver: false, resolve, reject })
        lanes.set(target, lane)
        pump()
      })
    },
    receive(message) {
      const { command, source } = message
      if (command === 'PONG') answered()
      else if (command === 'BATCH') noteBatch(message)
      else if (command === 'ACK') take(find(message))
      else if (isRefusal(command)) take(find(message), toFailure(message))
      else if ((command === 'PRIVMSG' || command === 'NOTICE') && isEcho(source)) take(find(message))
      else return
      pump()
    },
    close(reason) {
      isClosed = true
      cancelTimer?.()
      cancelCheck?.()
      const jobs = [...[...lanes.values()].flatMap(takeAll), ...unanswered.flatMap(({ job }) => job ?? [])]
      for (const job of new Set(jobs)) settle({ ...mark, job }, lost(reason))
    },
  }

  function isEcho(source: string): boolean {
    return has('echo-message') && network.isOwn(source.split('!', 1)[0] ?? '')
  }
}

interface Job {
  readonly talk: Talk
  next: number
  taken: number
  isOver: boolean
  resolve(): void
  reject(failure: DeliveryError): void
}

/** A line that the server has not answered for. */
interface Sent {
  /** Undefined for a question. */
  readonly job?: Job | undefined
  readonly label?: string | undefined
  readonly bytes: number
  readonly target?: string
}

const mark: Sent = { bytes: 0 }
const patienceMs = 5_000

function takeAll(lane: Fifo<Job>): readonly Job[] {
  const all: Job[] = []
  for (let job = lane.take(); job; job = lane.take()) all.push(job)
  return all
}

function isNumeric(command: string): boolean {
  return /^\d/.test(command)
}

/** Numbers of four and five hundred are refusals, and 716 that somebody takes lines from friends only. */
function isRefusal(command: string): boolean {
  return /^[45]\d\d$|^716$|^FAIL$/.test(command)
}

function lost(reason: string): DeliveryError {
  return new DeliveryError(`the connection was lost: ${reason}`, { retry: true })
}

/** Who is gone stays gone; a room that takes nothing now may later. */
function toFailure({ command, params }: Message): DeliveryError {
  const said = shorten(toPrintable(params.at(-1) ?? ''), 200)
  const what = `the server answered ${command} to ${params[1] ?? ''}: ${said}`
  return new DeliveryError(what, final.has(command) ? { retry: false } : { retry: true, retryAfterMs: 15_000 })
}

const final = new Set<unknown>(retryExceptions.final)
