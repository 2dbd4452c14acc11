import { readFileSync } from 'node:fs'
import type { Middleware } from 'koa'

const scripts = [
  'page.js',
  'state.js',
  'dom.js',
  'ask-simulator.js',
  'message-list.js',
  'draw-entry.js',
  'sanitise.js',
  'composer.js',
  'install-dialog.js',
  'token-dialog.js',
]
const files: readonly (readonly [path: string, name: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ...scripts.map((name) => [`/${name}`, name, 'text/javascript; charset=utf-8'] as const),
]

/** Serves the room page. It may load pictures from anywhere, as HipChat did, and nothing else. */
export function servePage(): Middleware {
  const read = (name: string) => readFileSync(new URL(`page/${name}`, import.meta.url))
  const pages = new Map(files.map(([path, name, type]) => [path, { type, body: read(name) }]))
  return (ctx, next) => {
    const page = ctx.method === 'GET' || ctx.method === 'HEAD' ? pages.get(ctx.path) : undefined
    if (!page) return next()
    ctx.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-cache',
    })
    ctx.type = page.type
    ctx.body = page.body
  }
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
