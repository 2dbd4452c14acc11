import type { Invocation } from '../../../../model/invocation.js'
import type { Card, Reply } from '../../../../model/reply.js'
import type { PreviewMessage } from '../../../../simulator/playground.js'

/** One service, as far as it can be shown without it: what a platform hands over, and what people see of that. */
export interface Encoder {
  readonly service: string
  readonly maxTextLength: number
  /** What of a card has no room in it there, as text. */
  cardOverflow?(card: Card): string
  /** The caller's id as such a service has them. */
  readonly callerId: string
  encode(reply: Reply, invocation: Invocation): PreviewMessage
}

/** A payload as people read it. */
export function showJson(payload: unknown): string {
  return JSON.stringify(payload, undefined, 2)
}

/** A list with one element, or with none. */
export function listed<Item>(item: Item | undefined): readonly Item[] {
  return item === undefined ? [] : [item]
}
