import { createBot } from '../bot.js'
import type { Config } from '../config.js'
import { createLogger } from '../logger.js'
import { sendHeartbeats } from './cluster.js'
import { dieWithParent } from './die-with-parent.js'
import { runUntilSignal } from './run-until-signal.js'
import { surviveUncaughtErrors } from './uncaught-errors.js'

/** Runs the bot in a process supervised by another; returns its exit code. */
export async function runWorker({ logLevel, logFormat }: Config): Promise<number> {
  const log = createLogger({ level: logLevel, format: logFormat })
  surviveUncaughtErrors(log)
  const letLive = dieWithParent()
  const end = sendHeartbeats()
  const code = await runUntilSignal(createBot({ log }))
  end()
  letLive()
  process.disconnect()
  return code
}
