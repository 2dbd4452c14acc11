#!/usr/bin/env bash
# A process is paused for longer than a call of its may take: a lid is closed, a container is frozen, a long computation runs.
# The answer has arrived meanwhile and lies in the socket's buffer. A good guess: the call resolves with it when the process
# goes on, since it came in time. Seen with undici 6.29.1 on Node.js 20: `request` with AbortSignal.timeout rejects with
# TimeoutError, because the event loop runs timers that are due before it reads sockets. Whoever tries such a call again
# sends what was received and answered once more. A timer that gives the sockets one turn first (setImmediate) gets the answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent undici@6.29.1
cat > try.mjs <<'JS'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { request } from 'undici'

// A server in a thread of its own: it says when it was asked, and when its answer was handed over whole.
const far = new Worker(
  `const { parentPort } = require('node:worker_threads')
  const server = require('node:http').createServer((_, response) => {
    parentPort.postMessage('asked')
    response.on('finish', () => parentPort.postMessage(Date.now()))
    setTimeout(() => response.end('here'), 100)
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
  { eval: true },
)
const [port] = await once(far, 'message')

/** Calls, pauses this thread for longer than the call may take, and says what came of it. */
async function callAndPause(signal) {
  const began = Date.now()
  const call = request(`http://127.0.0.1:${port}/`, { signal })
    .then(({ body }) => body.text())
    .catch((error) => error.name)
  await once(far, 'message') // asked
  const answered = once(far, 'message')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  const outcome = await call
  const [at] = await answered
  return { answeredAfterMs: at - began < 400 ? 'in time' : 'late', outcome }
}

/** The same limit, with one turn for what has arrived. */
function patient(ms) {
  const controller = new AbortController()
  setTimeout(() => setImmediate(() => controller.abort(new DOMException('too late', 'TimeoutError'))), ms)
  return controller.signal
}

const seen = { plain: await callAndPause(AbortSignal.timeout(400)), patient: await callAndPause(patient(400)) }
await far.terminate()
console.log(`Node.js ${process.version}: ${JSON.stringify(seen)}`)
const same =
  seen.plain.answeredAfterMs === 'in time' &&
  seen.plain.outcome === 'TimeoutError' &&
  seen.patient.answeredAfterMs === 'in time' &&
  seen.patient.outcome === 'here'
process.exit(same ? 0 : 1)
JS
node try.mjs
