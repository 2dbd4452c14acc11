import { UnavailableError } from '../../model/errors.js'

/** The bytes of deliveries that hooks are working on. */
export interface DeliveryBudget {
  /** Does the work while so many bytes count. Throws UnavailableError where they are too many. */
  use<Result>(bytes: number, work: () => Promise<Result>): Promise<Result>
}

/** Creates a budget of so many bytes. */
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

/** Half of what all bodies may hold together: a hook that hangs must not shut out whatever else is sent. */
const mostBytes = 8 * 1_048_576
/** Something small holds more than its body. */
const leastBytes = 16_384
