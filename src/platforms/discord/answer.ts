import { cardUrls } from '../../model/card-lines.js'
import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Store } from '../../stores/store.js'
import type { Ack, Verified } from '../platform.js'
import { markOf, nothingDelivered, saveDeliveryState } from './delivery-state.js'
import { render } from './render.js'
import { callbackType, ephemeral } from './wire.js'

/**
 * Creates the ack that replaces `thinking…`. It is recorded first, so that another process does not overwrite it after a crash.
 * https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction
 */
export function createAnswer({ store }: { readonly store: Store }) {
  return (reply: Reply, _: Verified, invocation: Invocation): Promise<Ack> | undefined => {
    if (mayBeRefused(reply)) return undefined
    const { message } = render(reply, invocation)
    const data = reply.audience === 'caller' ? { ...message, flags: ephemeral } : message
    const ack = { status: 200, body: { type: callbackType.message, data } }
    return saveDeliveryState(store, invocation, { ...nothingDelivered, original: markOf(reply), inAck: true }).then(
      () => ack,
    )
  }
}

/** Acks cannot upload files, and an image that the service dislikes would make it drop the message silently. */
function mayBeRefused(reply: Reply): boolean {
  if (reply.kind !== 'card') return reply.kind === 'file'
  const { icon, buttons = [] } = reply.card
  return Boolean(icon) || buttons.some(({ url }) => url) || cardUrls(reply.card).length > 0
}
