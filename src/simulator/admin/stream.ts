import { PassThrough } from 'node:stream'
import type { Middleware } from 'koa'
import type { Events } from '../events.js'

/** Sends events to web pages. */
export type Stream = ReturnType<typeof createStream>

/** Sends all events to web pages as server-sent events; a page that does not read is disconnected. */
export function createStream(events: Events) {
  const open = new Set<PassThrough>()

  const middleware: Middleware = (ctx) => {
    if (open.size >= mostPages) {
      ctx.status = 503
      return
    }
    const page = new PassThrough()
    const close = () => {
      clearInterval(heartbeat)
      stop()
      open.delete(page)
      page.destroy()
    }
    const write = (text: string) => {
      if (page.readableLength > mostUnread) close()
      else page.write(text)
    }
    const stop = events.subscribe((event) => {
      write(`data: ${JSON.stringify(event)}\n\n`)
    })
    const heartbeat = setInterval(() => write(': still here\n\n'), 15_000)
    ctx.req.once('close', close)
    ctx.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    ctx.body = page
    open.add(page)
    write('retry: 1000\n\n')
  }

  return {
    middleware,
    close(): void {
      for (const page of open) page.end()
    },
  }
}

const mostPages = 50
const mostUnread = 1_048_576
