import { HttpError } from '../../../model/errors.js'
import { anonymousId } from '../../../model/invocation.js'
import { shortHash } from '../../../shared/crypto.js'
import { shorten } from '../../../shared/text.js'
import type { DecodedRequest, Verified } from '../../platform.js'
import { isCommand, toUser } from '../decode.js'
import type { Message, Payload } from '../wire.js'
import { name, type ReplyTo } from './wire.js'

/** Says what was asked, in the token's room and by nobody in particular. Throws HttpError for a body that says nothing. */
export function decode({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest {
  const { event, raw, item } = payload
  if (event !== undefined && event !== 'room_message') return { ack }
  const { from, id, message, mentions }: Partial<Message> = item.message ?? {}
  if (message === undefined) throw new HttpError('item.message.message must be a string.', 400)
  if (!from || !isCommand(message)) return { ack }

  const { room, hasAddress } = installation.details
  const replyTo: ReplyTo = { hasAddress: hasAddress === true }
  return {
    ack,
    invocation: {
      id: id ? shortHash(name, installation.id, id) : shortHash(name, installation.id, '', raw),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: String(room), name: String(room) },
      user: { id: anonymousId, name: shorten(toUser(from).name, 100) },
      text: message,
      mentions: (mentions ?? []).map(toUser),
      at: receivedAt,
      replyTo,
    },
  }
}

/** Nothing is shown: it is not for us, or was answered before. */
const ack = { status: 204 }
