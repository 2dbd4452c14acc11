import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { DecodedRequest, Verified } from '../platform.js'
import { decodeBlockAction } from './decode-block-action.js'
import { decodeEvent } from './decode-event.js'
import { unescapeText } from './unescape-text.js'
import { type Command, name, type Payload } from './wire.js'

/** Decodes a slash command, a pressed button or a message. */
export function decode({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest {
  switch (payload.door) {
    case 'commands':
      return decodeCommand(payload.command, installation, receivedAt)
    case 'interactivity':
      return decodeBlockAction(payload.interaction, installation, receivedAt)
    case 'events':
      return decodeEvent(payload.envelope, installation, receivedAt)
    case 'ssl_check':
      return { ack }
  }
}

function decodeCommand(form: Command, installation: Installation, at: number): DecodedRequest {
  const { channel_id: channelId, user_id: userId, command, response_url: responseUrl, team_id: tenant } = form
  if (installation.id === '' || !channelId || !userId || !command?.startsWith('/')) return { ack }
  const userName = form.user_name ?? userId
  const line = form.text ? `${command} ${form.text}` : command
  const { text, mentions } = unescapeText(line)
  // Each call has one trigger, however it arrives.
  const call = form.trigger_id ?? responseUrl ?? form.fallbackId
  return {
    ack,
    invocation: {
      id: shortHash(name, installation.id, call, channelId, userId, line),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: channelId, name: form.channel_name ?? channelId },
      // The installation was found by the user's own workspace.
      user: tenant
        ? { id: userId, name: userName, mention: userName, tenant }
        : { id: userId, name: userName, mention: userName },
      text,
      mentions,
      at,
      replyTo: { channelId, userId, responseUrl },
    },
  }
}

/** Empty, because any text would be shown. */
const ack = { status: 200 }
