/** When to try again: full jitter under a doubling ceiling, never sooner than the service asked. */
export function retryDelay(attempt: number, retryAfterMs = 0, random: () => number = Math.random): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16))
  const jitter = random() * ceiling
  return retryAfterMs > 0 ? retryAfterMs + jitter / 4 : jitter
}

const firstMs = 500
const longestMs = 30_000
