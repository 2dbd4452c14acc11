import { cardUrls } from '../../model/card-lines.js'
import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Store } from '../../stores/store.js'
import type { Ack, Verified } from '../platform.js'
import { markOf, nothingDelivered, saveDeliveryState } from './delivery-state.js'
import { render } from './render.js'
import { callbackType, ephemeral } from './wire.js'

/**
 * Creates the ack that is shown instead of `thinking…`, by those whom it is for. It is noted before: after a crash, what
 * another process says must not be written over it.
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

/** A file cannot be uploaded there; an address that the service does not like makes it refuse the message, and say nothing. */
function mayBeRefused(reply: Reply): boolean {
  if (reply.kind !== 'card') return reply.kind === 'file'
  const { icon, buttons = [] } = reply.card
  return Boolean(icon) || buttons.some(({ url }) => url) || cardUrls(reply.card).length > 0
}
