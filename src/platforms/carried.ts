import type { WebhookRequest } from './platform.js'

/** What one of a platform's steps found out about a request, for the next of its steps. */
export interface Carried<Value> {
  of(request: WebhookRequest): Value | undefined
  set(request: WebhookRequest, value: Value): void
}

/**
 * Makes a place for such things, on the request itself. A WeakMap would do, were it not for thousands of requests in a
 * second: what it holds outlives the request until the whole heap is looked through.
 */
export function createCarried<Value>(): Carried<Value> {
  const place = Symbol('carried')
  type Carrier = { [place]?: { readonly request: WebhookRequest; readonly value: Value } }
  return {
    of(request) {
      const found = (request as Carrier)[place]
      return found?.request === request ? found.value : undefined // a copy has a body of its own
    },
    set(request, value) {
      ;(request as Carrier)[place] = { request, value }
    },
  }
}
