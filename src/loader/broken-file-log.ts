import type { Logger } from '../model/logger.js'
import type { BrokenFile } from './reloadable-files.js'

/** Logs each broken file once, and again if it was saved in the meantime. */
export type LogBrokenFiles = (broken: readonly BrokenFile[], saved: ReadonlySet<string>) => void

/** Creates a log that remembers what it has reported. */
export function createBrokenFileLog(log: Logger): LogBrokenFiles {
  let told = new Set<string>()
  return (broken, saved) => {
    const news = broken.filter(({ file, message }) => saved.has(file) || !told.has(message))
    for (const { message, serves } of news) log.error({ serves }, message)
    told = new Set(broken.map(({ message }) => message))
  }
}
