#!/usr/bin/env bash
# A webhook's sender hangs up while a Koa handler is still at work. The handler then asks `stream.finished(ctx.res)` whether
# its answer arrived. A good guess: it calls back with ERR_STREAM_PREMATURE_CLOSE, as it does where the sender hangs up after
# the question. Seen with koa 3.3.0 on Node.js 20.20.2: it calls back without any error, and the response emits neither
# `finish` nor `close` any more, so that an answer which nobody got looks like one that arrived.
# Whoever counts answers has to look at `ctx.res.closed` (or `ctx.res.socket.destroyed`) before asking.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent koa@3.3.0
cat > try.mjs <<'JS'
import http from 'node:http'
import { once } from 'node:events'
import { finished } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Koa from 'koa'

const seen = { before: undefined, after: undefined, events: [] }

/** Says what `finished` calls back with. */
const outcome = (res) => new Promise((resolve) => finished(res, (error) => resolve(error ? error.code : 'no error')))

const app = new Koa()
app.silent = true
app.use(async (ctx) => {
  ctx.req.resume()
  if (ctx.path === '/before') {
    const asked = outcome(ctx.res) // while the sender is still there
    hangUp()
    seen.before = await asked
  } else {
    const closed = once(ctx.res, 'close')
    hangUp()
    await closed
    ctx.res.once('finish', () => seen.events.push('finish')).once('close', () => seen.events.push('close'))
    seen.closed = ctx.res.closed
    const asked = outcome(ctx.res)
    ctx.res.end('an answer')
    seen.after = await asked
    await sleep(200)
  }
  done()
})
let hangUp = () => {}
let done = () => {}
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
for (const path of ['/before', '/after']) {
  await new Promise((resolve) => {
    done = resolve
    const request = http.request({ host: '127.0.0.1', port: server.address().port, path, method: 'POST' })
    request.on('error', () => {})
    hangUp = () => request.destroy()
    request.end('x')
  })
}
server.close()
server.closeAllConnections()
console.log(`Node.js ${process.version}: ${JSON.stringify(seen)}`)
const same =
  seen.before === 'ERR_STREAM_PREMATURE_CLOSE' && seen.after === 'no error' && seen.closed && seen.events.length === 0
process.exit(same ? 0 : 1)
JS
node try.mjs
