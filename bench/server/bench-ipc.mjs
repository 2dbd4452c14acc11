// What every contestant's process reports to the bench: that it is ready, and its resource usage.

/** Announces that the server listens on `port`; `verbs` are further requests that it handles. */
export function ready(port, verbs) {
  answer(verbs)
  process.on('SIGTERM', () => process.exit())
  process.on('disconnect', () => process.exit())
  process.send({ id: 0, result: { port } })
}

/** Handles the bench's requests. */
export function answer(verbs = {}) {
  const all = { usage, settle, ...verbs }
  process.on('message', async ({ id, verb, given }) => {
    try {
      process.send({ id, result: await all[verb](given) })
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) })
    }
  })
}

/** The number of commands, the chat service's address, and where to listen. */
export const commandCount = Number(process.env.BENCH_COMMANDS ?? 100)
/** Whether the acknowledgement should contain the answer. */
export const inAck = process.env.BENCH_IN_ACK === 'yes'
export const sinkUrl = process.env.BENCH_SINK
export const port = Number(process.env.PORT ?? 0)

async function usage() {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1_000 }
}

/** The memory in use after a garbage collection. */
async function settle() {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssMb: rss / 1_048_576, heapMb: (heapUsed + external) / 1_048_576 }
}
