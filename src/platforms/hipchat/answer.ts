import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, Verified } from '../platform.js'
import { render } from './render.js'
import { decodeReplyTo, type Payload } from './wire.js'

/**
 * The ack that the room shows as a notification, which needs no token. The service reads one only in the response to a
 * message, and silently drops an invalid one.
 */
export function answer(reply: Reply, { payload }: Verified, invocation: Invocation): Ack | undefined {
  const { event } = payload as Payload // its own verify made it
  if (event !== 'room_message' || reply.kind === 'file') return undefined
  return { status: 200, body: { ...render(reply, invocation, decodeReplyTo(invocation)) } }
}
