import { type Clock, systemClock } from './clock.js'

/** Resolves as `work` does, or rejects with `late()` if it takes longer than `ms`; the work itself is not stopped. */
export async function withDeadline<Value>(
  work: Promise<Value>,
  ms: number,
  late: () => Error,
  clock: Pick<Clock, 'after'> = systemClock,
): Promise<Value> {
  let cancel = () => {}
  const deadline = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(late()))
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    cancel()
  }
}
