import type { ReplyStream } from '../model/reply.js'
import type { Dispatch } from './dispatch.js'

/** Where a schedule asked there is nobody to whisper to: what is for the caller alone is said to the room. */
export function makeRepliesPublic(dispatch: Dispatch): Dispatch {
  return (invocation, signal) => {
    const answering = dispatch(invocation, signal)
    return invocation.scheduled === undefined ? answering : { ...answering, next: sayAll(answering) }
  }
}

function sayAll(replies: ReplyStream): ReplyStream['next'] {
  return async () => {
    const step = await replies.next()
    return step.done ? step : { done: false, value: { ...step.value, audience: 'room' } }
  }
}
