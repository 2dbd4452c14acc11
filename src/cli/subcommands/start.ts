import cluster from 'node:cluster'
import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { createLogger } from '../../logger.js'
import { ConfigError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import { createCluster, sendHeartbeats, WorkerFailedError } from '../cluster.js'
import { dieWithParent } from '../die-with-parent.js'
import { runUntilSignal } from '../run-until-signal.js'
import type { Subcommand } from '../subcommand.js'
import { surviveUncaughtErrors } from '../uncaught-errors.js'
import { setV8Flags } from '../v8-flags.js'

/** `slashroom start`: production. */
export const start: Subcommand = {
  summary: 'Serves the bot; stops cleanly on SIGTERM and Ctrl-C',
  usage: '',
  examples: ['PORT=8080 BASE_URL=https://bot.example.com slashroom start', 'WORKERS=2 slashroom start'],
  async run(args) {
    parseArgs({ args: [...args], options: {} })
    const config = readConfig(process.env, process.stdout.isTTY === true)
    const { workers: count, storeUrl, shutdownSeconds } = config
    if (count > 1 && storeUrl.startsWith('memory:')) {
      throw new ConfigError('WORKERS above 1 need a STORE_URL that they share: file:DIR or redis://…, not memory:.')
    }
    const log = createLogger({ level: config.logLevel, format: config.logFormat })
    if (cluster.isWorker) return await work(log)
    try {
      return await runUntilSignal(createCluster({ count, log, shutdownSeconds }))
    } catch (error) {
      if (error instanceof WorkerFailedError) return 1
      throw error
    }
  },
}

/** A command that blocks the event loop blocks its process: the bot serves from one that can be replaced. */
async function work(log: Logger): Promise<number> {
  setV8Flags()
  const { createBot } = await import('../../bot.js') // not loaded in the primary
  surviveUncaughtErrors(log)
  const letLive = dieWithParent()
  const end = sendHeartbeats()
  const code = await runUntilSignal(createBot({ log }))
  end()
  letLive()
  process.disconnect()
  return code
}
