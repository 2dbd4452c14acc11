import { DeliveryError } from '../../../model/errors.js'
import { toPrintable } from '../../../shared/printable.js'
import { shorten } from '../../../shared/text.js'
import { retryExceptions } from '../retry-exceptions.js'
import type { Message } from '../wire.js'
import type { Network } from './network-state.js'
import { type Job, settle } from './talk.js'

/** Lines that the server has not answered for, in the order in which they were sent. */
export interface Unanswered {
  add(line: Line): void
  /** A question was sent: its answer tells that all before it was taken. */
  addQuestion(): void
  isEmpty(): boolean
  /** Whether there are so many that the next waits. */
  isFull(): boolean
  /** Whether a question's answer is on its way. */
  isAsked(): boolean
  /** Takes the server's word on what became of lines; false for what is no such word. */
  receive(message: Message): boolean
  jobs(): readonly Job[]
}

/** A line that was sent. */
export interface Line {
  readonly job: Job
  /** What the server names it by in its answer, where it does. */
  readonly label: string | undefined
  readonly bytes: number
  /** As the server folds it. */
  readonly target: string
}

/** Creates it, with nothing sent. */
export function createUnanswered(network: Pick<Network, 'capabilities' | 'features' | 'isOwn'>): Unanswered {
  const sent: Sent[] = []
  const batches = new Map<string, Sent>()
  let questions = 0

  /** Questions are answered in order, and after all that was said before them. */
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

/** A line, or a question, which has no job. */
type Sent = Pick<Line, 'bytes'> & Partial<Line>

const question: Sent = { bytes: 0 }
const [windowLines, windowBytes] = [8, 1_000]

function isNumeric(command: string): boolean {
  return /^\d/.test(command)
}

/** Numbers of four and five hundred are refusals, and 716 that somebody takes lines from friends only. */
function isRefusal(command: string): boolean {
  return /^[45]\d\d$|^716$|^FAIL$/.test(command)
}

/** Who is gone stays gone; a room that takes nothing now may later. */
function toFailure({ command, params }: Message): DeliveryError {
  const said = shorten(toPrintable(params.at(-1) ?? ''), 200)
  const what = `the server answered ${command} to ${params[1] ?? ''}: ${said}`
  return new DeliveryError(what, final.has(command) ? { retry: false } : { retry: true, retryAfterMs: 15_000 })
}

const final = new Set<unknown>(retryExceptions.final)
