import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, Verified } from '../platform.js'
import { render } from './render.js'
import { decodeReplyTo, type Payload } from './wire.js'

/**
 * The ack that the room is shown as a notification, which takes no token. The service reads one in the answer to a message
 * alone, and drops without a word what breaks a rule of its own.
 */
export function answer(reply: Reply, { payload }: Verified, invocation: Invocation): Ack | undefined {
  const { event } = payload as Payload // its own verify made it
  if (event !== 'room_message' || reply.kind === 'file') return undefined
  return { status: 200, body: { ...render(reply, invocation, decodeReplyTo(invocation)) } }
}
