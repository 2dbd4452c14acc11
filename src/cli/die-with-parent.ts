import { Worker } from 'node:worker_threads'

/**
 * Ends this process when the one that started it is gone, however busy it is: nobody would replace it when it hangs, and
 * it would keep the port. Returns a function that lets it live.
 */
export function dieWithParent(): () => void {
  process.prependOnceListener('disconnect', die)
  if (!process.connected) die()
  // A thread, since a command that never lets go keeps this one from hearing anything. About 10 MB.
  const thread = new Worker(watchParent, { eval: true, workerData: process.ppid, execArgv: [], resourceLimits: small })
  thread.unref()
  return () => {
    process.off('disconnect', die)
    void thread.terminate()
  }
}

/** Not by process.exit: its handlers may fail, and leave an unsupervised worker on the port. */
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** Whoever loses its parent gets another. */
const watchParent = `
const { workerData: parent } = require('node:worker_threads')
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1_000)`
const small = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }
