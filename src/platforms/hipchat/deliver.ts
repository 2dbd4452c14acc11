import { uninstalledError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { asRecord } from '../../shared/json.js'
import type { Installations } from '../../stores/installations.js'
import type { Api } from './api.js'
import { render } from './render.js'
import { name, type ReplyTo, readId } from './wire.js'

/** What replies are delivered with. */
export interface DeliverDeps {
  readonly api: Api
  readonly installations: Installations
}

/** Makes the way to a room: each reply becomes one notification there. */
export function createDeliver({ api, installations }: DeliverDeps) {
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const installation = await installations.find(name, invocation.installation)
    if (!installation) throw uninstalledError()
    const replyTo = openLetter(invocation)
    const body = render(reply, invocation, replyTo)
    await api.call(installation, {
      scope: 'send_notification',
      method: 'POST',
      roomId: replyTo.roomId,
      path: 'notification',
      body,
    })
  }
}

function openLetter({ replyTo, room }: Invocation): ReplyTo {
  const { roomId, messageId } = asRecord(replyTo)
  return { roomId: readId(roomId) ?? room.id, messageId: readId(messageId) }
}
