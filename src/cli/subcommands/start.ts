import cluster from 'node:cluster'
import { parseArgs } from 'node:util'
import { type Config, readConfig } from '../../config.js'
import { ConfigError } from '../../model/errors.js'
import { type ClusterLog, createCluster, WorkerFailedError } from '../cluster.js'
import { runUntilSignal } from '../run-until-signal.js'
import type { Subcommand } from '../subcommand.js'
import { setV8Flags } from '../v8-flags.js'

/** `slashroom start`: production. */
export const start: Subcommand = {
  summary: 'Runs the bot in production; stops cleanly on SIGTERM and Ctrl-C',
  usage: '',
  examples: ['PORT=8080 BASE_URL=https://bot.example.com slashroom start', 'WORKERS=2 slashroom start'],
  async run(args) {
    parseArgs({ args: [...args], options: {} })
    const config = readConfig(process.env, process.stdout.isTTY === true)
    const { workers: count, storeUrl, shutdownSeconds } = config
    if (count > 1 && storeUrl.startsWith('memory:')) {
      throw new ConfigError('WORKERS above 1 requires a shared STORE_URL: file:DIR or redis://…, not memory:.')
    }
    if (cluster.isWorker) return await work(config)
    const log = createLateLog(config)
    try {
      return await runUntilSignal(createCluster({ count, log, shutdownSeconds }))
    } catch (error) {
      if (error instanceof WorkerFailedError) return 1
      throw error
    }
  },
}

/** A command that blocks the event loop blocks its process, so the bot runs in a process that can be replaced. */
async function work(config: Config): Promise<number> {
  setV8Flags()
  const { runWorker } = await import('../worker.js') // not loaded in the primary
  return await runWorker(config)
}

/** A primary only logs workers that ended, which is rare, so its logger is created on demand. */
function createLateLog({ logLevel, logFormat }: Config): ClusterLog {
  return {
    error(...said) {
      void import('../../logger.js').then(({ createLogger }) =>
        createLogger({ level: logLevel, format: logFormat }).error(...said),
      )
    },
  }
}
