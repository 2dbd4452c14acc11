import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../model/logger.js'
import { readyMessage, type Service } from './run-until-signal.js'

/** How workers are watched over. */
export interface ClusterOptions {
  readonly count: number
  readonly log: Logger
  /** Time that a worker has for stopping. */
  readonly shutdownSeconds: number
  /** A worker that says nothing for so long is held up by a command that never lets go. */
  readonly silentMs?: number
}

/** Processes that serve, and share the port where there are several: one that dies or hangs is replaced. */
export function createCluster({ count, log, shutdownSeconds, silentMs = 15_000 }: ClusterOptions): Service {
  const heard = new Map<Worker, number>()
  let begun = false
  let stopping = false
  let watch: NodeJS.Timeout | undefined

  function fork(): Worker {
    const worker = cluster.fork()
    const started = Date.now()
    worker.on('message', () => heard.set(worker, Date.now()))
    worker.on('exit', (code, signal) => {
      heard.delete(worker)
      if (stopping || !begun) return // one that cannot start is not replaced: it has said why
      log.error({ worker: worker.process.pid, code, signal }, 'worker died: it is replaced')
      // One that dies at once would otherwise be started without end.
      void sleep(Date.now() - started < 5_000 ? 1_000 : 0).then(() => !stopping && fork())
    })
    return worker
  }

  /** No signal that it could answer to helps where its loop does not turn. */
  function endSilent(): void {
    for (const [worker, at] of heard) {
      if (Date.now() - at < silentMs) continue
      log.error({ worker: worker.process.pid, silentMs }, 'worker hangs: a command never lets go, so it is ended')
      worker.process.kill('SIGKILL')
    }
  }

  return {
    async start() {
      // One alone listens by itself; several are handed connections in turn.
      cluster.schedulingPolicy = count === 1 ? cluster.SCHED_NONE : cluster.SCHED_RR
      try {
        // What stops the first would stop them all: a bad setting is said once.
        await untilReady(fork())
        begun = true
        if (stopping) return
        await Promise.all(Array.from({ length: count - 1 }, () => untilReady(fork())))
      } catch (error) {
        stopping = true
        throw error
      }
      if (!stopping) watch = setInterval(endSilent, silentMs / 4)
    },
    async stop() {
      stopping = true
      clearInterval(watch)
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
      await Promise.all(workers.map((worker) => end(worker, shutdownSeconds)))
    },
  }
}

/** Lets the primary know that this worker's loop turns, and ends with it; gives back what ends that. */
export function sendHeartbeats(): () => void {
  // Not by process.exit: what then runs may fail, and leave a worker that nobody watches over on the port.
  const follow = () => process.kill(process.pid, 'SIGKILL')
  process.prependOnceListener('disconnect', follow)
  const timer = setInterval(() => (process.connected ? process.send?.(beatMessage) : follow()), 1_000)
  return () => {
    process.off('disconnect', follow)
    clearInterval(timer)
  }
}

const beatMessage = 'beat'

function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) => message === readyMessage && resolve())
    worker.once('exit', (code) => reject(new WorkerFailedError(`worker ended with code ${code}`)))
  })
}

/** The first worker could not start; it has said why. */
export class WorkerFailedError extends Error {}

function end(worker: Worker, shutdownSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => worker.process.kill('SIGKILL'), (shutdownSeconds + 2) * 1_000)
    worker.once('exit', () => {
      clearTimeout(cut)
      resolve()
    })
    worker.process.kill('SIGTERM')
  })
}
