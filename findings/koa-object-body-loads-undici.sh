#!/usr/bin/env bash
# A Koa handler answers with a plain object, which Koa writes as JSON. A good guess: that costs the JSON alone. Seen with koa
# 3.3.0 on Node.js 20.20.2: the first such answer of a process loads all of Node's own fetch (the undici inside Node) in the
# middle of its request, about 25 ms here, although nobody called fetch. Koa asks whether the object is a `Response`, and
# reading that global makes Node load what it comes from; a string is not asked. Whoever counts the first answer's time reads
# `Response` once at the start; whoever counts a small process's memory sends a string.
# Output: Node.js v20.20.2: {"string":["no fetch","no fetch"],"object":["no fetch","fetch"],"again":["fetch","fetch"]}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent koa@3.3.0
cat > try.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import Koa from 'koa'

const bodies = { string: '{"a":1}', object: { a: 1 }, again: { a: 1 } }
const seen = {}

/** Whether Node's fetch is in memory. */
const loaded = () => (process.moduleLoadList.includes('NativeModule internal/deps/undici/undici') ? 'fetch' : 'no fetch')

const app = new Koa()
app.use((ctx) => {
  const name = ctx.path.slice(1)
  const before = loaded()
  ctx.body = bodies[name]
  seen[name] = [before, loaded()]
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const answers = []
for (const name of Object.keys(bodies)) {
  const [response] = await once(http.get({ host: '127.0.0.1', port: server.address().port, path: `/${name}` }), 'response')
  answers.push(Buffer.concat(await response.toArray()).toString())
}
server.close()
server.closeAllConnections()
console.log(`Node.js ${process.version}: ${JSON.stringify(seen)}`)
const expected = { string: ['no fetch', 'no fetch'], object: ['no fetch', 'fetch'], again: ['fetch', 'fetch'] }
const same = JSON.stringify(seen) === JSON.stringify(expected) && answers.every((answer) => answer === '{"a":1}')
process.exit(same ? 0 : 1)
JS
node try.mjs
