import type { Logger } from '../model/logger.js'
import { stackOf } from '../shared/error-details.js'

/** A promise or a timer that a command left behind and that fails later must not end the bot: it is logged. */
export function surviveUncaughtErrors(log: Logger): void {
  const note = (error: unknown) => {
    log.error({ error: stackOf(error) }, 'uncaught error outside a command run')
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
}
