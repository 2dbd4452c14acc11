import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../model/log.js'
import { readyMessage, type Startable } from './until-stopped.js'

/** Several processes on one machine that share the port: each serves, and one that dies is replaced. */
export function createWorkers({ count, log }: { readonly count: number; readonly log: Log }): Startable {
  let stopping = false
  const replaceAfterMs = 1_000

  function fork(): Worker {
    const worker = cluster.fork()
    const started = Date.now()
    worker.on('exit', (code, signal) => {
      if (stopping) return
      log.error({ worker: worker.process.pid, code, signal }, 'worker died: it is replaced')
      // One that dies at once would otherwise be started without end.
      void sleep(Date.now() - started < 5_000 ? replaceAfterMs : 0).then(() => !stopping && fork())
    })
    return worker
  }

  return {
    async start() {
      const first = fork()
      // What stops the first would stop them all: a bad setting is said once.
      await untilReady(first)
      await Promise.all(Array.from({ length: count - 1 }, () => untilReady(fork())))
    },
    async stop() {
      stopping = true
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
      await Promise.all(workers.map(end))
    },
  }
}

function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) => message === readyMessage && resolve())
    worker.once('exit', (code) => reject(new WorkerFailedError(`worker ended with code ${code}`)))
  })
}

/** The first worker could not start; it has said why. */
export class WorkerFailedError extends Error {}

function end(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.process.kill('SIGTERM')
  })
}
