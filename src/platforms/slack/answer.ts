import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, Verified } from '../platform.js'
import { render } from './render.js'
import type { Payload } from './wire.js'

/**
 * The ack that shows a slash command's answer, which saves one of the response_url's posts. The service shows none for a
 * pressed button or an event. https://docs.slack.dev/interactivity/implementing-slash-commands
 */
export function answer(reply: Reply, { payload }: Verified, invocation: Invocation): Ack | undefined {
  const { door } = payload as Payload // its own verify made it
  if (door !== 'commands' || mayBeRefused(reply)) return undefined
  const response_type = reply.audience === 'caller' ? 'ephemeral' : 'in_channel'
  return { status: 200, body: { response_type, ...render(reply, invocation) } }
}

/** Files are uploaded instead. An image that the service cannot load would make it refuse the card, so cards with one are delivered. */
function mayBeRefused(reply: Reply): boolean {
  if (reply.kind !== 'card') return reply.kind === 'file'
  const { image, icon, buttons = [] } = reply.card
  return Boolean(image || icon) || buttons.some(({ url }) => url)
}
