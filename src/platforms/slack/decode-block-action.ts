import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { DecodedRequest } from '../platform.js'
import { toUser } from './decode-user.js'
import { type Interaction, name, type ReplyTo } from './wire.js'

/**
 * A pressed button runs its line as the user. Only the bot's own messages have buttons that get here, so one of its commands
 * wrote the line.
 */
export function decodeBlockAction(interaction: Interaction, installation: Installation, at: number): DecodedRequest {
  const { type, user, origin, channel, thread_ts, response_url, trigger_id = '', action } = interaction
  const line = type === 'block_actions' ? action.value : undefined
  if (installation.id === '' || !line?.startsWith('/') || !channel.id || !user.id) return { ack }
  const pressedAt = String(action.action_ts ?? (trigger_id ? '' : at))
  const replyTo: ReplyTo = {
    channelId: channel.id,
    userId: user.id,
    ...(response_url ? { responseUrl: response_url } : {}),
    ...(thread_ts ? { threadTs: thread_ts } : {}),
  }
  return {
    ack,
    invocation: {
      id: shortHash(name, installation.id, trigger_id, user.id, pressedAt, line),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: channel.id, name: channel.name ?? channel.id },
      user: toUser(user.id, user.name ?? user.id, origin, installation.id),
      text: line,
      mentions: [],
      at,
      replyTo,
    },
  }
}

const ack = { status: 200 }
