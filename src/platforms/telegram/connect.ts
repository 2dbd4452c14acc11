import { isFailedCall, reasonOf } from '../../delivery/retry-rule.js'
import { ConnectionError } from '../../model/errors.js'
import type { Accept } from '../platform.js'
import { type PollDeps, poll } from './updates/poll.js'
import { type HoldWebhookDeps, holdWebhook } from './updates/webhook.js'

/** What receiving updates needs. */
export type ConnectDeps = PollDeps & HoldWebhookDeps

/**
 * Creates the way to receive updates: by webhook if the bot has an https address, else by polling. One process takes care of
 * it, and an update that arrives both ways counts once.
 */
export function createConnect(deps: ConnectDeps) {
  return async (accept: Accept, signal: AbortSignal, connected: () => void): Promise<void> => {
    try {
      if (hasWebhook(deps.baseUrl)) await holdWebhook(deps, signal, connected)
      else await poll(deps, accept, signal, connected)
    } catch (error) {
      if (!isFailedCall(error)) throw error
      if (!signal.aborted) throw toConnectionError(error)
    }
  }
}

/** Whether the service can post to the bot. */
function hasWebhook(baseUrl: string): boolean {
  return baseUrl.startsWith('https:')
}

function toConnectionError(error: Error): ConnectionError {
  const reason = reasonOf(error)
  if (reason === 409) {
    return new ConnectionError('Telegram answered 409: another program uses the same TELEGRAM_BOT_TOKEN', {
      cause: error,
    })
  }
  return new ConnectionError(error.message, { cause: error, slow: final.has(reason) })
}

/** An invalid token, or an address that the service refuses. */
const final = new Set<unknown>([400, 401, 403, 404])
