import type { HttpResponse } from '../net/http-client.js'

/** Calls a path below an API's base address. */
export type BaseUrlProbe = (call: (root: string) => Promise<HttpResponse>) => Promise<HttpResponse>

/**
 * Finds which of these URLs is the base of an API, because operators may or may not include its path in the setting. If one
 * does not know the call, the next is tried; the first that does is kept.
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
