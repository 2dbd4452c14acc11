import type { WebhookRequest } from './platform.js'

/** What one of a platform's steps found out about a request, or what came of it, for the next of its steps. */
export interface RequestContext<Value, Bearer extends object = WebhookRequest> {
  of(bearer: Bearer): Value | undefined
  set(bearer: Bearer, value: Value): void
}

/**
 * Makes a place for such things, on the bearer itself. A WeakMap would do, were it not for thousands of requests in a
 * second: what it holds outlives the request until the whole heap is looked through.
 */
export function createRequestContext<Value, Bearer extends object = WebhookRequest>(): RequestContext<Value, Bearer> {
  const place = Symbol('carried')
  type Carrier = { [place]?: { readonly bearer: Bearer; readonly value: Value } }
  return {
    of(bearer) {
      const found = (bearer as Carrier)[place]
      return found?.bearer === bearer ? found.value : undefined // a copy has nothing
    },
    set(bearer, value) {
      // Where nobody looks for what the bearer says.
      Object.defineProperty(bearer, place, { value: { bearer, value }, writable: true, configurable: true })
    },
  }
}
