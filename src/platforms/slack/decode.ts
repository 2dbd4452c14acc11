import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import { readText } from '../../shared/json.js'
import type { DecodedRequest, WebhookRequest } from '../platform.js'
import { decodeBlockAction } from './block-actions.js'
import { decodeEvent } from './events.js'
import { unescapeText } from './unescape-text.js'
import { type Command, isSslCheck, name, readId, readPayload } from './wire.js'

/** Says what was asked: by a slash command, a pressed button or a message. The answer never rides in the ack. */
export function decode(request: WebhookRequest, installation: Installation): DecodedRequest {
  if (isSslCheck(request)) return { ack }
  const payload = readPayload(request)
  if (payload.door === 'commands') return decodeCommand(payload.command, installation, request)
  if (payload.door === 'interactivity') return decodeBlockAction(payload.interaction, installation, request.receivedAt)
  return decodeEvent(payload.envelope, installation, request.receivedAt)
}

function decodeCommand(form: Command, installation: Installation, request: WebhookRequest): DecodedRequest {
  const [channelId, userId, command] = [readId(form.channel_id), readId(form.user_id), readText(form.command)]
  if (installation.id === '' || !channelId || !userId || !command?.startsWith('/')) return { ack }
  const userName = readText(form.user_name) ?? userId
  const responseUrl = readText(form.response_url)
  const line = form.text ? `${command} ${form.text}` : command
  const { text, mentions } = unescapeText(line)
  // Each call has a trigger of its own; where it has none, the time that is signed with it tells it from others.
  const call = form.trigger_id || responseUrl || String(request.headers['x-slack-request-timestamp'])
  return {
    ack,
    invocation: {
      id: shortHash(name, installation.id, call, channelId, userId, line),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: channelId, name: readText(form.channel_name) ?? channelId },
      user: { id: userId, name: userName, mention: userName },
      text,
      mentions,
      at: request.receivedAt,
      replyTo: { channelId, userId, responseUrl },
    },
  }
}

/** Empty: whatever stood here would be shown. */
const ack = { status: 200 }
