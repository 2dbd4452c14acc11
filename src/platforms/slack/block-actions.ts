import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import { readText } from '../../shared/json.js'
import type { DecodedRequest } from '../platform.js'
import { type Interaction, name, type ReplyTo, readId } from './wire.js'

/**
 * A pressed button types its line for whoever pressed it. Only our own messages have buttons that come to us, so that
 * the line is one that a command of ours wrote.
 */
export function decodeBlockAction(interaction: Interaction, installation: Installation, at: number): DecodedRequest {
  const { type, user, channel, container, message, actions, trigger_id } = interaction
  const [action] = actions ?? []
  const line = type === 'block_actions' ? readText(action?.value) : undefined
  const channelId = readId(channel?.id) ?? readId(container?.channel_id)
  const userId = readId(user?.id)
  if (installation.id === '' || !line?.startsWith('/') || !channelId || !userId) return { ack }
  const userName = readText(user?.username) ?? readText(user?.name) ?? userId
  const responseUrl = readText(interaction.response_url)
  const threadTs = readText(message?.thread_ts) ?? readText(container?.thread_ts)
  const replyTo: ReplyTo = {
    channelId,
    userId,
    ...(responseUrl ? { responseUrl } : {}),
    ...(threadTs ? { threadTs } : {}),
  }
  return {
    ack,
    invocation: {
      id: shortHash(
        name,
        installation.id,
        readText(trigger_id) ?? '',
        userId,
        String(action?.action_ts ?? (trigger_id ? '' : at)),
        line,
      ),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: channelId, name: readText(channel?.name) ?? channelId },
      user: { id: userId, name: userName, mention: userName },
      text: line,
      mentions: [],
      at,
      replyTo,
    },
  }
}

const ack = { status: 200 }
