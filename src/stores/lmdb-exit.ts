import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { isMainThread } from 'node:worker_threads'

/**
 * Kills this process at its exit if it would hang forever: LMDB's thread holds the store's lock while it waits for this
 * thread to make a change, and the exit waits for LMDB's thread. Every process that shares the store would wait, too.
 * Returns a function that stops watching.
 */
export function killOnExit(isChangeAwaited: () => boolean): () => void {
  let fatal: unknown
  const remember = (error: unknown) => {
    fatal = error
    setImmediate(() => {
      fatal = undefined
    })
  }
  const onExit = () => {
    if (!isMainThread || !isChangeAwaited()) return
    if (fatal !== undefined) writeSync(2, `${inspect(fatal)}\n`) // Node would print it after this
    process.kill(process.pid, 'SIGKILL')
  }
  process.on('uncaughtExceptionMonitor', remember)
  process.on('exit', onExit)
  return () => {
    process.off('uncaughtExceptionMonitor', remember)
    process.off('exit', onExit)
  }
}
