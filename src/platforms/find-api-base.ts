import type { HttpResponse } from '../net/http-client.js'

/** Calls below the address that a service's API stands under; gives its answer. */
export type BaseUrlProbe = (call: (root: string) => Promise<HttpResponse>) => Promise<HttpResponse>

/**
 * Finds out which of these URLs is the base of an API: operators who set one leave out the path that belongs to it, or
 * not. The next is tried where one says that it knows no such call; the first that knows any is kept.
 */
export function createBaseUrlProbe(
  roots: readonly string[],
  isElsewhere: (answer: HttpResponse) => boolean,
): BaseUrlProbe {
  let known: string | undefined
  return async (call) => {
    if (known !== undefined || roots.length === 1) return await call(known ?? roots[0] ?? '')
    let first: HttpResponse | undefined
    for (const root of roots) {
      const answer = await call(root)
      first ??= answer
      if (isElsewhere(answer)) continue
      if (answer.status < 500) known = root
      return answer
    }
    return first ?? (await call(''))
  }
}
