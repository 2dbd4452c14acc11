import type { CommandFailure, Delivery } from '../events.js'
import { attachedTo, type DecodedToken, decodeToken, type Exchange } from './exchange.js'

/** What an add-on on this machine reports about a webhook. */
export interface WireNote {
  /** The step in one word: `verified`, `repeated`, `parsed`, `said`, `sending`, … */
  readonly step: string
  /** One line. */
  readonly text: string
  /** Details: values as JSON, a stack. */
  readonly detail?: string
  readonly tone?: 'bad'
  /** An error of a command, which the room shows too. */
  readonly failure?: CommandFailure
}

/** An event, with its time in milliseconds since 1970. */
export type WireStep = { readonly at: number } & (
  | { readonly kind: 'webhook'; readonly exchange: Exchange; readonly token?: DecodedToken }
  | { readonly kind: 'request'; readonly exchange: Exchange }
  | { readonly kind: 'note'; readonly note: WireNote }
)

/** The traffic of one webhook, in order. */
export interface WireRecord extends Pick<Delivery, 'id' | 'addon' | 'at' | 'url' | 'messageId'> {
  readonly steps: readonly WireStep[]
}

/** The latest webhooks with their traffic. */
export interface WireLog {
  /** Starts the log of a webhook; `send` resends its request. */
  open(delivery: Delivery, send: () => Promise<unknown>): void
  /** Records the request of an open webhook; returns a function that records the response. */
  sent(id: string, exchange: Exchange): (outcome: Pick<Exchange, 'answer' | 'ms' | 'error'>) => void
  /** Records an add-on's request with the webhook that it belongs to. */
  requested(oauthId: string | undefined, exchange: Exchange, at: number): void
  /** Records what an add-on reports about the webhook with this `Authorization`, and returns its id. */
  note(authorization: string, note: WireNote): string | undefined
  find(id: string): WireRecord | undefined
  /** Resends a webhook's request. False if it is no longer known. */
  sendAgain(id: string): Promise<boolean>
}

/** Keeps the latest webhooks, within `mostChars`; `changed` is called for each that got an entry. */
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
   * By the message that a notification answers; else the one of this add-on with the latest entry, preferably one that the add-on
   * says it is delivering for.
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
  /** True if the add-on took it for a repetition of another: its reports are about that one. */
  isRepeated: boolean
  /** Whether the add-on is delivering an answer now; unknown if it reports nothing. */
  isDelivering?: boolean
}

const mostRecords = 200
const mostSteps = 200
const longestText = 50_000
/** How long after a webhook's latest entry requests of its add-on are taken to belong to it. */
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

/** Shortens texts so that many can be kept; a webhook's own is kept whole, to be resent. */
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
