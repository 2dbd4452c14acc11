import type { Logger } from '../model/logger.js'
import { stackOf } from '../shared/error-details.js'

/** Logs errors of promises and timers that a command left behind, so that they do not end the bot. */
export function surviveUncaughtErrors(log: Logger): void {
  const note = (error: unknown) => {
    log.error({ error: stackOf(error) }, 'uncaught error outside a command run')
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
}
