import { DeliveryError } from '../../../model/errors.js'
import { toPrintable } from '../../../shared/printable.js'
import { shorten } from '../../../shared/text.js'
import { retryExceptions } from '../retry-exceptions.js'
import type { Message } from '../wire.js'
import type { Network } from './network-state.js'
import { type Job, settle } from './talk.js'

/** Sent lines that the server has not confirmed or refused yet, in order. */
export interface Unanswered {
  add(line: Line): void
  /** A PING was sent: its answer shows that everything before it was accepted. */
  addQuestion(): void
  isEmpty(): boolean
  /** Whether there are so many that the next line must wait. */
  isFull(): boolean
  /** Whether a PING is unanswered. */
  isAsked(): boolean
  /** Handles a message that says what became of a line; false if it is another kind of message. */
  receive(message: Message): boolean
  jobs(): readonly Job[]
}

/** A line that was sent. */
export interface Line {
  readonly job: Job
  /** The label that the server's answer will have, if it supports labels. */
  readonly label: string | undefined
  readonly bytes: number
  /** Case-folded as the server does. */
  readonly target: string
}

/** Creates it, with nothing sent. */
export function createUnanswered(network: Pick<Network, 'capabilities' | 'features' | 'isOwn'>): Unanswered {
  const sent: Sent[] = []
  const batches = new Map<string, Sent>()
  let questions = 0

  /** PINGs are answered in order, after everything sent before them. */
  function answered(): void {
    questions = Math.max(0, questions - 1)
    const at = sent.indexOf(question)
    for (const { job } of sent.splice(0, at + 1)) if (job) settle(job)
  }

  function find(message: Message): Sent | undefined {
    const label = message.tags.get('label')
    if (label !== undefined) return sent.find((one) => one.label === label)
    const batch = batches.get(message.tags.get('batch') ?? '')
    if (batch) return batch
    const target = network.features.fold(message.params[isNumeric(message.command) ? 1 : 0] ?? '')
    return sent.find((one) => one.target === target)
  }

  function take(one: Sent | undefined, failure?: DeliveryError): void {
    const at = one ? sent.indexOf(one) : -1
    if (!one || at < 0) return
    sent.splice(at, 1)
    if (one.job) settle(one.job, failure)
  }

  function noteBatch(message: Message): void {
    const [reference = ''] = message.params
    const id = reference.slice(1)
    const one = message.tags.has('label') ? find(message) : undefined
    if (reference.startsWith('+') && one) batches.set(id, one)
    if (!reference.startsWith('-')) return
    take(batches.get(id))
    batches.delete(id)
  }

  function isEcho({ command, source }: Message): boolean {
    if (command !== 'PRIVMSG' && command !== 'NOTICE') return false
    return network.capabilities.has('echo-message') && network.isOwn(source.split('!', 1)[0] ?? '')
  }

  return {
    add: (line) => void sent.push(line),
    addQuestion() {
      questions += 1
      sent.push(question)
    },
    isEmpty: () => sent.length === 0,
    isFull: () => sent.length >= windowLines || sent.reduce((sum, { bytes }) => sum + bytes, 0) >= windowBytes,
    isAsked: () => questions > 0,
    receive(message) {
      const { command } = message
      if (command === 'PONG') answered()
      else if (command === 'BATCH') noteBatch(message)
      else if (command === 'ACK') take(find(message))
      else if (isRefusal(command)) take(find(message), toFailure(message))
      else if (isEcho(message)) take(find(message))
      else return false
      return true
    },
    jobs: () => sent.flatMap(({ job }) => job ?? []),
  }
}

/** A line, or a PING, which has no job. */
type Sent = Pick<Line, 'bytes'> & Partial<Line>

const question: Sent = { bytes: 0 }
const [windowLines, windowBytes] = [8, 1_000]

function isNumeric(command: string): boolean {
  return /^\d/.test(command)
}

/** 400 to 599 are refusals, and so is 716: the person accepts messages only from friends. */
function isRefusal(command: string): boolean {
  return /^[45]\d\d$|^716$|^FAIL$/.test(command)
}

/** A person who is gone stays gone, but a channel that refuses a line now may accept it later. */
function toFailure({ command, params }: Message): DeliveryError {
  const said = shorten(toPrintable(params.at(-1) ?? ''), 200)
  const what = `the server answered ${command} to ${params[1] ?? ''}: ${said}`
  return new DeliveryError(what, final.has(command) ? { retry: false } : { retry: true, retryAfterMs: 15_000 })
}

const final = new Set<unknown>(retryExceptions.final)
