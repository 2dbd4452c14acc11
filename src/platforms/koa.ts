import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ParsedUrlQuery } from 'node:querystring'

/*
 * Koa's types as far as the package's own types use them. Written out, because Koa's types may not be installed; they are
 * compatible with these.
 */

/** A request and its response. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  readonly path: string
  readonly query: ParsedUrlQuery
  status: number
  body: unknown
  type: string
  get(header: string): string
  set(header: string, value: string | string[]): void
  redirect(url: string): void
}

/** A Koa middleware. */
export type KoaMiddleware = (ctx: KoaContext, next: () => Promise<unknown>) => unknown

/** A router on which a platform mounts additional routes. */
export interface Router {
  get(path: string, ...steps: RouteStep[]): unknown
  post(path: string, ...steps: RouteStep[]): unknown
  put(path: string, ...steps: RouteStep[]): unknown
  delete(path: string, ...steps: RouteStep[]): unknown
}

/** A middleware of a route. `params` has the path's parameters, like `:name`. */
export type RouteStep = (
  ctx: KoaContext & { readonly params: Readonly<Record<string, string>> },
  next: () => Promise<unknown>,
) => unknown
