#!/usr/bin/env bash
# Slack says about hourly, by a `disconnect` message on Socket Mode's connection, that it will end that connection soon, so
# that an app can open the next one first. A good guess: the official client does that, or else opens the next one at once.
# Seen with @slack/socket-mode 3.1.0 (ws 8.23.0 as the far side): it closes the connection on that message, then waits
# `clientPingTimeout` (5 s if nothing is said), then asks apps.connections.open for the next. The option that says how long a
# pong may take is how long the app is without any connection too. Whoever needs no gap runs two clients, or sets it low.
# Output: @slack/socket-mode 3.1.0: open, hello, disconnect, closed, open, hello; waited as long as a pong may take: true
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @slack/socket-mode@3.1.0 @slack/web-api@8.2.0 undici@7.30.2 ws@8.23.0
cat > try.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import { SocketModeClient } from '@slack/socket-mode'
import { WebSocketServer } from 'ws'

const clientPingTimeout = 1_500
const steps = []
const at = {}

/** Writes down what happened at the far side, and when it did last. */
function step(name) {
  steps.push(name)
  at[name] = performance.now()
}

// The far side: apps.connections.open, and the connection it gives the address of.
const server = http.createServer((request, response) => {
  request.resume()
  step('open')
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${server.address().port}/link` }))
})
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => {
  socket.on('close', () => step('closed'))
  socket.send(JSON.stringify({ type: 'hello' }))
  step('hello')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

const client = new SocketModeClient({
  appToken: 'xapp-example',
  clientPingTimeout,
  clientOptions: { slackApiUrl: `http://127.0.0.1:${server.address().port}/api/` },
})
await client.start()
const again = new Promise((resolve, reject) => {
  client.once('connected', resolve)
  setTimeout(reject, 15_000, new Error('not connected again')).unref()
})
for (const socket of sockets.clients) socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }))
step('disconnect')
await again
const story = steps.join(', ')
const waited = at.open - at.closed > clientPingTimeout - 50
await client.disconnect()
server.close()
server.closeAllConnections()
console.log(`@slack/socket-mode 3.1.0: ${story}; waited as long as a pong may take: ${waited}`)
process.exit(story === 'open, hello, disconnect, closed, open, hello' && waited ? 0 : 1)
JS
node try.mjs
