import { plainReply } from '../../../format-reply.js'
import type { Encoder } from './encoder.js'

/** Plain text, as `slashroom run` prints it. */
export const plain: Encoder = {
  service: 'Plain text',
  maxTextLength: Number.POSITIVE_INFINITY,
  callerId: 'alice',
  encode(reply) {
    const text = plainReply(reply)
    return { way: 'standard output', payload: text, parts: [{ kind: 'plain', text, isMono: true }] }
  },
}
