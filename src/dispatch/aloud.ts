import type { Dispatch } from './dispatch.js'

/** Where a schedule asked there is nobody to whisper to: what is for the asker alone is said to the room. */
export function aloud(dispatch: Dispatch): Dispatch {
  return (invocation, signal) => {
    const replies = dispatch(invocation, signal)
    return invocation.scheduled === undefined ? replies : sayAll(replies)
  }
}

async function* sayAll(replies: ReturnType<Dispatch>): ReturnType<Dispatch> {
  try {
    for (;;) {
      const step = await replies.next()
      if (step.done) return step.value
      yield { ...step.value, audience: 'room' }
    }
  } finally {
    await replies.return('interrupted')
  }
}
