import cluster from 'node:cluster'
import { createBot } from '../bot.js'
import { readConfig } from '../config.js'
import { createLog } from '../log.js'
import { keepGoing } from './keep-going.js'
import type { Subcommand } from './subcommand.js'
import { untilStopped } from './until-stopped.js'
import { createWorkers, WorkerFailedError } from './workers.js'

/** `slashroom start`: production. */
export const start: Subcommand = {
  summary: 'Serves the bot; stops cleanly on SIGTERM and Ctrl-C',
  usage: '',
  examples: ['PORT=8080 BASE_URL=https://bot.example.com slashroom start', 'WORKERS=2 slashroom start'],
  async run() {
    const { workers, logLevel, logFormat } = readConfig(process.env, process.stdout.isTTY === true)
    const log = createLog({ level: logLevel, format: logFormat })
    if (workers === 1 || cluster.isWorker) {
      keepGoing(log)
      return await untilStopped(createBot({ log }))
    }
    try {
      return await untilStopped(createWorkers({ count: workers, log }))
    } catch (error) {
      if (error instanceof WorkerFailedError) return 1
      throw error
    }
  },
}
