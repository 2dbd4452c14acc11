import { type Clock, systemClock } from './clock.js'

/** Settles as `work` does, or rejects with `late()` after `ms`; the work itself goes on. */
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
