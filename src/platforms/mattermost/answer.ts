import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, Verified } from '../platform.js'
import type { Buttons } from './buttons.js'
import { decodeReplyTo, toResponse } from './deliver.js'
import type { Payload } from './wire.js'

/**
 * Creates the ack that shows a command's answer. The server would show it to a room under the caller's name, so with a bot
 * account, answers for the room are posted by the bot instead, and buttons are its own.
 * https://developers.mattermost.com/integrate/slash-commands/custom/
 */
export function createAnswer(buttons: Buttons | undefined) {
  return (reply: Reply, { payload }: Verified, invocation: Invocation): Ack | undefined => {
    const { door } = payload as Payload // its own verify made it
    const underCaller = reply.audience === 'room' && buttons !== undefined
    if (door !== 'command' || reply.kind === 'file' || underCaller) return undefined
    return { status: 200, body: toResponse(reply, buttons?.pressIn(decodeReplyTo(invocation), Date.now())) }
  }
}
