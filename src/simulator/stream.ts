import { PassThrough } from 'node:stream'
import type { Middleware } from 'koa'
import type { Events } from './events.js'

/** Sends everything that happens to web pages, as server-sent events; a page that does not read is let go. */
export function createStream(events: Events) {
  const open = new Set<PassThrough>()

  const middleware: Middleware = (ctx) => {
    if (open.size >= mostPages) {
      ctx.status = 503
      return
    }
    const lines = new PassThrough()
    const close = () => {
      clearInterval(beat)
      stop()
      open.delete(lines)
      lines.destroy()
    }
    const write = (text: string) => {
      if (lines.readableLength > mostUnread) close()
      else lines.write(text)
    }
    const stop = events.listen((event) => {
      write(`data: ${JSON.stringify(event)}\n\n`)
    })
    const beat = setInterval(() => write(': still here\n\n'), 15_000)
    ctx.req.once('close', close)
    ctx.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    ctx.body = lines
    open.add(lines)
    write('retry: 1000\n\n')
  }

  return {
    middleware,
    close(): void {
      for (const lines of open) lines.end()
    },
  }
}

const mostPages = 50
const mostUnread = 1_048_576
