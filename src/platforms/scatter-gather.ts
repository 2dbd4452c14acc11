import { asDeliveryError } from '../delivery/retry-rule.js'

/**
 * Searches several places in parallel and returns everything found. A place that no longer exists counts as empty; if one
 * fails, the error is thrown after the others were searched.
 */
export async function* searchAll<Place, Found>(
  places: AsyncIterable<Place> | Iterable<Place>,
  look: (place: Place) => Promise<Found | undefined>,
): AsyncGenerator<Found> {
  const failures: unknown[] = []
  for await (const some of inBatches(places)) {
    for (const result of await Promise.allSettled(some.map(look))) {
      if (result.status === 'rejected') failures.push(result.reason)
      else if (result.value !== undefined) yield result.value
    }
  }
  const failure = failures.find((error) => !asDeliveryError(error).retryAdvice.uninstalled)
  if (failure) throw failure
}

async function* inBatches<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < atOnce) continue
    yield batch
    batch = []
  }
  yield batch
}

/** Few enough not to overload a service that they share. */
const atOnce = 5
