import cluster from 'node:cluster'

/** Something that can be started and stopped. */
export interface Service {
  start(): Promise<unknown>
  stop(): Promise<void>
}

/** The message from a worker to its primary when it is ready. */
export const readyMessage = 'ready'

/** Starts a service, stops it at the first SIGTERM or Ctrl-C, and returns the exit code. A second signal ends the process immediately. */
export async function runUntilSignal(service: Service): Promise<number> {
  const signalled = waitForSignal()
  const started = service.start()
  // A signal during the start also stops it.
  await Promise.race([started, signalled])
  started.then(() => process.send?.(readyMessage)).catch(() => undefined) // tells the primary, if this is a worker
  await signalled
  await service.stop()
  return 0
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    const onSignal = () => {
      first ??= performance.now()
      // With npm, a terminal's Ctrl-C arrives twice: directly and through npm.
      if (performance.now() - first > 300) process.exit(130)
      resolve()
    }
    process.on('SIGTERM', onSignal)
    whenOrphaned(onSignal)
    // Ctrl-C reaches the whole process group, but workers wait for their primary.
    process.on('SIGINT', cluster.isWorker ? () => {} : onSignal)
  })
}

/** A shell between npm and this process dies of npm's signal without passing it on. */
function whenOrphaned(stop: () => void): void {
  if (!process.env['npm_lifecycle_event'] || cluster.isWorker) return
  const parent = process.ppid
  const parentCheck = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(parentCheck)
    stop()
  }, 250)
  parentCheck.unref()
}
