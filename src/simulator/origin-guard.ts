import type { Context, Middleware } from 'koa'

/**
 * Keeps other web pages from controlling a server on this machine: the Host must be one of its own names (DNS rebinding), and a
 * request's origin must be this server (CSRF).
 */
export function originGuard(ownHosts: () => readonly string[]): Middleware {
  return async (ctx, next) => {
    if (!ownHosts().includes(nameOf(ctx.host))) {
      ctx.status = 403
      ctx.body = `This simulator is not called ${nameOf(ctx.host)}.\n`
      return
    }
    if (!ctx.path.startsWith('/v2/') && isForeign(ctx)) {
      ctx.status = 403
      ctx.body = 'Other web sites may not use this simulator.\n'
      return
    }
    await next()
  }
}

/** A host name without port and brackets. */
export function nameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
}

function isForeign(ctx: Context): boolean {
  const origin = ctx.get('origin')
  if (origin && origin !== `${ctx.protocol}://${ctx.host}` && origin !== `https://${ctx.host}`) return true
  // Links may open the page, and an add-on may redirect the browser back here; nothing else may.
  const site = ctx.get('sec-fetch-site')
  const opensPage =
    ctx.method === 'GET' && ctx.get('sec-fetch-mode') === 'navigate' && !ctx.path.startsWith('/simulator/')
  return site !== '' && site !== 'same-origin' && site !== 'none' && !opensPage
}
