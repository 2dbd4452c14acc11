import type { CommandFailure, Delivery } from '../events.js'
import { attachedTo, type DecodedToken, decodeToken, type Exchange } from './exchange.js'

/** What an add-on on this machine tells of a webhook that it got. */
export interface WireNote {
  /** What was done, in one word: `verified`, `repeated`, `parsed`, `said`, `sending`, … */
  readonly step: string
  /** One line. */
  readonly text: string
  /** What belongs to it: values as JSON, a stack. */
  readonly detail?: string
  readonly tone?: 'bad'
  /** An error of a command, which the room shows too. */
  readonly failure?: CommandFailure
}

/** One thing that happened, at a time in milliseconds since 1970. */
export type WireStep = { readonly at: number } & (
  | { readonly kind: 'webhook'; readonly exchange: Exchange; readonly token?: DecodedToken }
  | { readonly kind: 'request'; readonly exchange: Exchange }
  | { readonly kind: 'note'; readonly note: WireNote }
)

/** All that went over the wire for one webhook, in order. */
export interface WireRecord extends Pick<Delivery, 'id' | 'addon' | 'at' | 'url' | 'messageId'> {
  readonly steps: readonly WireStep[]
}

/** The latest webhooks, with what went over the wire for each. */
export interface WireLog {
  /** A webhook is on its way; `send` sends the same request again. */
  open(delivery: Delivery, send: () => Promise<unknown>): void
  /** Notes the request of an open webhook; what it gives notes what came of it. */
  sent(id: string, exchange: Exchange): (outcome: Pick<Exchange, 'answer' | 'ms' | 'error'>) => void
  /** Notes what an add-on asked of the server, beside the webhook that it is about. */
  requested(oauthId: string | undefined, exchange: Exchange, at: number): void
  /** Adds what an add-on tells of the webhook that came with this `Authorization`, and gives its id. */
  note(authorization: string, note: WireNote): string | undefined
  find(id: string): WireRecord | undefined
  /** Sends a webhook's request again. False: it is not known any more. */
  sendAgain(id: string): Promise<boolean>
}

/** Keeps the latest webhooks, within `mostChars`; `changed` is told of each that something was added to. */
export function createWireLog({ changed, mostChars = 16_000_000, now = Date.now }: WireLogOptions): WireLog {
  const kept = new Map<string, Kept>()
  let chars = 0

  function add(record: Kept, step: WireStep): void {
    if (record.steps.length < mostSteps) put(record, record.steps.length, step)
  }

  function put(record: Kept, place: number, step: WireStep): void {
    const grown = sizeOf(step) - sizeOf(record.steps[place])
    record.steps[place] = step
    record.touchedAt = now()
    record.chars += grown
    chars += grown
    for (const [id, oldest] of kept) {
      if (kept.size <= mostRecords && (chars <= mostChars || kept.size === 1)) break
      kept.delete(id)
      chars -= oldest.chars
    }
    changed(record.delivery.id)
  }

  /**
   * By the message that a notification says it answers; else the one of this add-on that something happened to last, and
   * that the add-on is delivering for, where it tells what it does.
   */
  function aboutWhich(oauthId: string | undefined, messageId: string | undefined): Kept | undefined {
    const newest = [...kept.values()].reverse()
    const named = newest.filter(({ delivery }) => messageId !== undefined && delivery.messageId === messageId)
    if (named.length > 0) return named.find(({ isRepeated }) => !isRepeated) ?? named[0]
    const own = newest.filter((one) => oauthId !== undefined && one.delivery.oauthId === oauthId)
    const open = own.filter((one) => !one.isRepeated && one.isDelivering !== false)
    const [latest] = open.sort((one, other) => other.touchedAt - one.touchedAt)
    return latest && now() - latest.touchedAt < nearMs ? latest : undefined
  }

  return {
    open(delivery, send) {
      kept.set(delivery.id, { delivery, send, steps: [], touchedAt: now(), chars: 0, isRepeated: false })
    },

    sent(id, exchange) {
      const record = kept.get(id)
      if (!record) return () => {}
      const token = decodeToken(exchange.headers['Authorization'])
      const step = { kind: 'webhook', at: now(), exchange, ...(token ? { token } : {}) } as const
      add(record, step)
      return (outcome) => {
        const whole = { ...step, exchange: cut({ ...exchange, ...outcome }, exchange.body.length) }
        if (kept.has(id)) put(record, record.steps.indexOf(step), whole)
      }
    },

    requested(oauthId, exchange, at) {
      const record = aboutWhich(oauthId, attachedTo(exchange.body))
      if (record) add(record, { kind: 'request', at, exchange: cut(exchange) })
    },

    note(authorization, note) {
      const record = [...kept.values()].findLast(({ steps }) => steps.some((step) => carries(step, authorization)))
      if (!record) return undefined
      if (note.step === 'repeated' && !record.steps.some(isRun)) record.isRepeated = true
      record.isDelivering = note.step === 'sending'
      const detail = note.detail === undefined ? {} : { detail: shorten(note.detail) }
      add(record, { kind: 'note', at: now(), note: { ...note, text: note.text.slice(0, 500), ...detail } })
      return record.delivery.id
    },

    find(id) {
      const record = kept.get(id)
      if (!record) return undefined
      const { addon, at, url, messageId } = record.delivery
      const steps = record.steps.toSorted((one, other) => one.at - other.at)
      return { id, addon, at, url, ...(messageId ? { messageId } : {}), steps }
    },

    async sendAgain(id) {
      const record = kept.get(id)
      await record?.send()
      return record !== undefined
    },
  }
}

interface WireLogOptions {
  readonly changed: (id: string) => void
  readonly mostChars?: number
  readonly now?: () => number
}

interface Kept {
  readonly delivery: Delivery
  readonly send: () => Promise<unknown>
  readonly steps: WireStep[]
  touchedAt: number
  chars: number
  /** True where the add-on took it for another one again: what it says is about that one. */
  isRepeated: boolean
  /** Whether it is delivering an answer now; unknown of one that tells nothing. */
  isDelivering?: boolean
}

const mostRecords = 200
const mostSteps = 200
const longestText = 50_000
/** How long after something happened to a webhook what its add-on asks for is taken to be about it. */
const nearMs = 60_000

function sizeOf(step: WireStep | undefined): number {
  return step ? JSON.stringify(step).length : 0
}

function carries(step: WireStep, authorization: string): boolean {
  return step.kind === 'webhook' && step.exchange.headers['Authorization'] === authorization
}

function isRun(step: WireStep): boolean {
  return step.kind === 'note' && step.note.step === 'parsed'
}

/** Texts of a length that many of them can be kept; a webhook's own is kept whole, to be sent again. */
function cut(exchange: Exchange, longestBody = longestText): Exchange {
  const { answer } = exchange
  return {
    ...exchange,
    body: shorten(exchange.body, longestBody),
    ...(answer ? { answer: { ...answer, body: shorten(answer.body) } } : {}),
  }
}

function shorten(text: string, longest = longestText): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}\n… ${text.length - longest} more characters`
}
