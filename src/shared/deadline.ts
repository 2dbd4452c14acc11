import { type Clock, systemClock } from './clock.js'

/** What `work` gives, or throws what `late` makes when that takes longer than `ms`; nothing ends the work itself. */
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
