import type { LogFields, Logger } from '../model/logger.js'

/** Logs what a load resulted in, but not again after a check of no files that found nothing new. */
export type LogLoad = (result: LogFields, changed: readonly string[] | undefined) => void

/** Creates a log that remembers what it said last. */
export function createLoadLog(log: Logger, message: string): LogLoad {
  let told: string | undefined
  return (result, changed) => {
    const news = JSON.stringify(result)
    if (changed?.length !== 0 || news !== told) log.info(result, message)
    told = news
  }
}
