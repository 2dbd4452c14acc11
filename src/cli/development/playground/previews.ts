import { overflowReply, splitReply } from '../../../delivery/split.js'
import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import type { Preview } from '../../../simulator/playground.js'
import type { Encoder } from './encoders/encoder.js'
import { encoders } from './encoders/index.js'
import { notesOn } from './notes.js'

/** A reply, and what it answers. */
export interface SentReply {
  readonly reply: Reply
  readonly invocation: Invocation
}

/** A reply as each service would show it, by the code that would send it there. */
export function previewEverywhere(sent: SentReply): readonly Preview[] {
  return encoders.map((encoder) => preview(encoder, sent))
}

function preview(encoder: Encoder, { reply, invocation }: SentReply): Preview {
  const { user } = invocation
  const there = { ...invocation, user: { ...user, id: encoder.callerId } }
  const messages = asSent(reply, encoder).map((part) => encoder.encode(part, there))
  return { service: encoder.service, messages, notes: notesOn(reply, messages) }
}

/** What a card has no room for follows it, and what is too long goes in parts, as the outbox has it. */
function asSent(reply: Reply, { cardOverflow, maxTextLength }: Encoder): readonly Reply[] {
  const overflow = reply.kind === 'card' ? cardOverflow?.(reply.card).trim() : undefined
  const all = reply.kind === 'card' && overflow ? [reply, overflowReply(reply, overflow)] : [reply]
  return all.flatMap((one) => splitReply(one, maxTextLength))
}
