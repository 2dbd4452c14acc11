import type { CommandMiddleware } from '../../model/command.js'
import { isBotError } from '../../model/errors.js'
import type { Reply } from '../../model/reply.js'
import { messageOf } from '../../shared/error-details.js'
import type { WireNote } from '../../simulator/wire/wire-log.js'

/** Takes in what is done for an invocation. */
export type CallNote = (invocation: string, note: WireNote) => void

/** Middleware that tells of each call with which options it runs, what it says, and for how long. */
export function observeCalls(tell: CallNote): CommandMiddleware {
  return ({ invocation, options }, next) => {
    const { id, command } = invocation
    const given = Object.keys(options).length > 0 ? { detail: JSON.stringify(options, null, 2) } : {}
    tell(id, { step: 'parsed', text: `Parsed as /${command}`, ...given })
    return observed(next(), (note) => tell(id, note))
  }
}

async function* observed(replies: AsyncIterable<Reply>, tell: (note: WireNote) => void): AsyncGenerator<Reply, void> {
  const since = performance.now()
  const ms = () => `${Math.round(performance.now() - since)} ms`
  let count = 0
  try {
    for await (const reply of replies) {
      count++
      tell({ step: 'said', text: `Said: ${summaryOf(reply)}`, detail: JSON.stringify(reply, null, 2) })
      yield reply
    }
    tell({ step: 'ran', text: `Ran for ${ms()}${count === 0 ? ' and said nothing' : ''}` })
  } catch (error) {
    // All others are logged, with the lines of their files.
    if (isBotError(error, 'usage') || isBotError(error, 'forbidden'))
      tell({ step: 'threw', text: `Threw ${error.name} after ${ms()}: ${messageOf(error)}` })
    throw error
  }
}

function summaryOf(reply: Reply): string {
  if (reply.kind === 'card') return `a card, ${reply.card.title}`
  return reply.kind === 'file' ? `a file, ${reply.name}` : reply.text
}
