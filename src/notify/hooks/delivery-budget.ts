import { UnavailableError } from '../../model/errors.js'

/** Limits the bytes of deliveries that hooks are working on. */
export interface DeliveryBudget {
  /** Runs the work while its bytes count. Throws UnavailableError if the budget is used up. */
  use<Result>(bytes: number, work: () => Promise<Result>): Promise<Result>
}

/** Creates a budget of `most` bytes. */
export function createDeliveryBudget(most = mostBytes): DeliveryBudget {
  let held = 0
  return {
    async use(bytes, work) {
      const size = Math.max(bytes, leastBytes)
      if (held + size > most) throw new UnavailableError('The hooks are busy with other deliveries.', 5)
      held += size
      try {
        return await work()
      } finally {
        held -= size
      }
    },
  }
}

/** Half of the budget for all bodies, so that a hanging hook does not block other requests. */
const mostBytes = 8 * 1_048_576
/** The minimum, because a small delivery takes more memory than its body. */
const leastBytes = 16_384
