import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../model/logger.js'
import { killWhenOrphaned } from './die-with-parent.js'
import { readyMessage, type Service } from './run-until-signal.js'
import { createWatchdog } from './watchdog.js'

/** Logs workers that ended. */
export type ClusterLog = Pick<Logger, 'error'>

/** How to supervise workers. */
export interface ClusterOptions {
  readonly count: number
  readonly log: ClusterLog
  /** The time a worker has for stopping. */
  readonly shutdownSeconds: number
  /** A worker without a heartbeat for this long is killed: its event loop is blocked. */
  readonly silentMs?: number
}

/** Runs worker processes that share the port; one that dies or hangs is replaced. */
export function createCluster({ count, log, shutdownSeconds, silentMs = 15_000 }: ClusterOptions): Service {
  const looks = 4
  const watchdog = createWatchdog<Worker>(looks)
  let started = false
  let stopping = false
  let watch: NodeJS.Timeout | undefined

  function fork(): Worker {
    const worker = cluster.fork()
    const letLive = killWhenOrphaned(worker.process.pid)
    const forkedAt = performance.now()
    worker.on('message', () => watchdog.heard(worker))
    worker.on('exit', (code, signal) => {
      letLive()
      watchdog.forget(worker)
      if (stopping || !started) return // a worker that failed to start has logged why and is not replaced
      log.error({ worker: worker.process.pid, code, signal }, 'worker died: starting another')
      // Delayed, so that a worker that dies immediately is not restarted in a tight loop.
      void sleep(performance.now() - forkedAt < 5_000 ? 1_000 : 0).then(() => !stopping && fork())
    })
    return worker
  }

  /** SIGKILL: with its event loop blocked, the worker cannot handle any other signal. */
  function killHung(): void {
    for (const worker of watchdog.look()) {
      log.error({ worker: worker.process.pid, silentMs }, 'worker killed: no heartbeat, its event loop is blocked')
      worker.process.kill('SIGKILL')
    }
  }

  return {
    async start() {
      // A single worker listens itself; several get connections in turn. Must be set before setup.
      cluster.schedulingPolicy = count === 1 ? cluster.SCHED_NONE : cluster.SCHED_RR
      cluster.setupPrimary({ exec: fileURLToPath(new URL('../cli/main.js', import.meta.url)) })
      try {
        // A bad setting would stop all of them, so it is reported once.
        await waitUntilReady(fork())
        started = true
        // Others that fail are replaced while the first one serves.
        for (let n = 1; n < count && !stopping; n++) fork()
      } catch (error) {
        stopping = true
        throw error
      }
      if (!stopping) watch = setInterval(killHung, silentMs / looks)
    },
    async stop() {
      stopping = true
      clearInterval(watch)
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
      await Promise.all(workers.map((worker) => stopWorker(worker, shutdownSeconds)))
    },
  }
}

/** Sends heartbeats to the primary; returns a function that stops them. */
export function sendHeartbeats(): () => void {
  const timer = setInterval(() => process.connected && process.send?.(heartbeatMessage), 1_000)
  return () => clearInterval(timer)
}

const heartbeatMessage = 'beat'

function waitUntilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) => message === readyMessage && resolve())
    worker.once('exit', (code) => reject(new WorkerFailedError(`worker exited with code ${code}`)))
  })
}

/** The first worker failed to start and has logged why. */
export class WorkerFailedError extends Error {}

function stopWorker(worker: Worker, shutdownSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const killTimer = setTimeout(() => worker.process.kill('SIGKILL'), (shutdownSeconds + 2) * 1_000)
    worker.once('exit', () => {
      clearTimeout(killTimer)
      resolve()
    })
    worker.process.kill('SIGTERM')
  })
}
