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
  'playground.js',
  'suggest.js',
  'completion.js',
  'previews.js',
  'card-buttons.js',
  'unread.js',
  'drafts.js',
  'scrollable.js',
  'viewport.js',
  'wire-panel.js',
  'draw-wire.js',
  'to-curl.js',
  'fault-switches.js',
  'describe-fault.js',
]
const styles = ['page.css', 'completion.css', 'previews.css', 'wire.css', 'faults.css']
const files: readonly (readonly [path: string, name: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ...styles.map((name) => [`/${name}`, name, 'text/css; charset=utf-8'] as const),
  ...scripts.map((name) => [`/${name}`, name, 'text/javascript; charset=utf-8'] as const),
]

/** Serves the room page. It may load pictures from anywhere, as HipChat did, and nothing else. */
export function servePage(): Middleware {
  // As seen from every folder beside this one: where it is bundled it stands in another.
  const read = (name: string) => readFileSync(new URL(`../simulator/page/${name}`, import.meta.url))
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
