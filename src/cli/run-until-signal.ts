import cluster from 'node:cluster'

/** Something that can be started and stopped. */
export interface Service {
  start(): Promise<unknown>
  stop(): Promise<void>
}

/** The message from a worker to its primary when it is ready. */
export const readyMessage = 'ready'

/** Starts it, stops it at the first SIGTERM or Ctrl-C, and gives the exit code. A second one ends the process at once. */
export async function runUntilSignal(service: Service): Promise<number> {
  const signalled = waitForSignal()
  const started = service.start()
  // A signal during the start stops it, too.
  await Promise.race([started, signalled])
  started.then(() => process.send?.(readyMessage)).catch(() => undefined) // to the primary, where this is a worker
  await signalled
  await service.stop()
  return 0
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    const onSignal = () => {
      first ??= performance.now()
      // A terminal's Ctrl-C comes twice where npm passes it on: once of itself and once by npm.
      if (performance.now() - first > 300) process.exit(130)
      resolve()
    }
    process.on('SIGTERM', onSignal)
    whenOrphaned(onSignal)
    // Ctrl-C reaches the whole group: workers wait for what their primary says.
    process.on('SIGINT', cluster.isWorker ? () => {} : onSignal)
  })
}

/** A shell between npm and this process dies of the signal that npm passes on, without passing it on. */
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
