import { uninstalledError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { PlatformDeps } from '../platform.js'
import type { Api } from './api.js'
import { render } from './render.js'
import { decodeReplyTo, name } from './wire.js'

/** What delivering replies needs. */
export interface DeliverDeps extends Pick<PlatformDeps, 'installations'> {
  readonly api: Api
}

/** Creates the delivery: each reply becomes one notification in the room. */
export function createDeliver({ api, installations }: DeliverDeps) {
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const replyTo = decodeReplyTo(invocation)
    const installation = await installations.find(name, invocation.installation)
    if (!installation) throw uninstalledError()
    await api.call(installation, {
      scope: 'send_notification',
      method: 'POST',
      roomId: replyTo.roomId,
      path: 'notification',
      body: render(reply, invocation, replyTo),
    })
  }
}
