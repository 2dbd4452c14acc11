import { toDeliveryError } from '../../../delivery/retry-rule.js'
import { uninstalledError } from '../../../model/errors.js'
import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import type { CommandTokens, PlatformDeps } from '../../platform.js'
import { render } from '../render.js'
import { retryExceptions } from '../retry-exceptions.js'

/** What delivering late replies needs. */
export interface DeliverDeps extends Pick<PlatformDeps, 'request' | 'log'> {
  readonly commandTokens: CommandTokens
}

/** Creates the delivery of late replies: a notification at the token's reply address. */
export function createDeliver({ commandTokens, request, log }: DeliverDeps) {
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const token = await commandTokens.findById(invocation.installation)
    if (!token) throw uninstalledError()
    if (token.replyTo === undefined) {
      // The room was told so. The command still runs, because its answer is not its only effect.
      log.warn({ invocation: invocation.id, token: token.name }, 'result not shown: the token has no reply address')
      return
    }
    const response = await request(token.replyTo, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(render(reply, invocation, { roomId: invocation.room.id })),
      privateAllowed: true, // the operator configured it
    })
    if (response.status >= 300) throw toDeliveryError(response, refusals)
  }
}

/** The address contains its own token: if that is refused, there is no other. */
const refusals = { ...retryExceptions, service: 'the reply address', retried: [] }
