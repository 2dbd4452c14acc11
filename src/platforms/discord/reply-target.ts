import type { Encryptor } from '../../model/encryptor.js'
import type { Invocation } from '../../model/invocation.js'
import { asRecord } from '../../shared/json.js'
import { name, type ReplyTo, readId, tokenLifeMs } from './wire.js'

/** What delivering a reply needs. */
export interface DecodedReplyTo {
  readonly channelId: string
  /** Undefined if it cannot be decrypted anymore. */
  readonly token: string | undefined
  readonly until: number
  readonly hidden: boolean
}

/** Encodes how to reply; the token is encrypted if possible. */
export function encodeReplyTo(
  { token, receivedAt, ...rest }: Pick<ReplyTo, 'token' | 'channelId' | 'hidden'> & { readonly receivedAt: number },
  invocationId: string,
  encryptor?: Encryptor,
): ReplyTo {
  const kept = encryptor ? encryptor.encrypt(token, contextOf(invocationId)) : token
  return { ...rest, token: kept, sealed: encryptor !== undefined, until: receivedAt + tokenLifeMs }
}

/** Decodes the result of `encodeReplyTo`. */
export function decodeReplyTo({ id, replyTo, room }: Invocation, encryptor?: Encryptor): DecodedReplyTo {
  const { channelId, token, sealed, until, hidden } = asRecord(replyTo)
  return {
    channelId: readId(channelId) ?? room.id,
    token: typeof token === 'string' ? (sealed === true ? open(token, id, encryptor) : token) : undefined,
    until: typeof until === 'number' ? until : 0,
    hidden: hidden === true,
  }
}

/** Undefined if the key is lost: treated as expired. */
function open(token: string, invocationId: string, encryptor?: Encryptor): string | undefined {
  try {
    return encryptor?.decrypt(token, contextOf(invocationId))
  } catch {
    return undefined
  }
}

function contextOf(invocationId: string): string {
  return `${name}/${invocationId}`
}
