// Each trick for speed beside the plain way to do the same: microseconds for one.
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as nodeRequest } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { request as undiciRequest } from 'undici'
import { idKey } from '../../build/journal/wal/index/id-key.js'
import { tryFastCompile } from '../../build/loader/fast-compile.js'
import { createHttpClient } from '../../build/net/http-client.js'
import { bindOptions } from '../../build/parsing/bind-options.js'
import { compileOptions } from '../../build/parsing/compile-options.js'
import { tokenize } from '../../build/parsing/tokenize.js'
import { LazyAbortController, onAbort } from '../../build/shared/lazy-abort.js'
import { options } from '../agreed-values.mjs'
import { ready } from './bench-ipc.mjs'

const line = '/c17 web --env prod -n 12345'
const words = tokenize(line).slice(1)
const id = 'seen/slack/0123456789abcdef0123456789abcdef'
const compiled = compileOptions(options)
const text = 'export default { run: () => "pong" }'

const server = createServer((_request, response) => response.writeHead(204).end()).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
const { request } = createHttpClient()
const stopping = new AbortController()

/** By what the trick is: `ours` as the bot does it, `plain` as one would without it, `times` for one turn. */
const tricks = {
  'a signal made when it is looked at': {
    times: 20_000,
    ours: () => new LazyAbortController(),
    plain: () => new AbortController().signal,
  },
  'one listener for the calls that wait for the stop': {
    times: 20_000,
    ours: () => onAbort(stopping.signal, () => {})(),
    plain() {
      const act = () => {}
      stopping.signal.addEventListener('abort', act)
      stopping.signal.removeEventListener('abort', act)
    },
  },
  'a line whose shape was bound before': {
    times: 2_000,
    ours: () => bindOptions(compiled, line, words),
    plain() {
      compiled.shapes.clear()
      bindOptions(compiled, line, words)
    },
  },
  'a plain line, split at its spaces': {
    times: 20_000,
    ours: () => tokenize(line),
    plain: () => tokenize(`${line}\u200B`),
  },
  'the key of an id, from its hash as text': {
    times: 20_000,
    ours: () => idKey(id),
    plain: () => hash('sha256', id, 'buffer').subarray(0, 12),
  },
  'a command file that the engine takes nearly as it is': {
    times: 200,
    ours: () => tryFastCompile('/c.ts', text),
    plain: () => transform(text, { loader: 'ts', format: 'cjs' }),
  },
  'an answer as it comes from the parser, not by streams': {
    times: 300,
    ours: () => request(url, { privateAllowed: true }),
    plain: async () => (await undiciRequest(url)).body.arrayBuffer(),
  },
  'the same, not by node:http': {
    times: 300,
    ours: () => request(url, { privateAllowed: true }),
    plain: () =>
      new Promise((resolve, reject) => {
        nodeRequest(url, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end()
      }),
  },
  'one file of undici, to load': loading('undici/lib/dispatcher/pool.js', 'undici'),
  'one file of jose, to load': loading('jose/decode/protected_header', 'jose'),
}

/** Processor time for loading a module, in a process of its own. */
function loading(ours, plain) {
  const load = (name) => {
    const file = createRequire(import.meta.url).resolve(name)
    const script = `const before = process.cpuUsage(); require(${JSON.stringify(file)}); console.log(process.cpuUsage(before).user)`
    return {
      us: Number(execFileSync(process.execPath, ['-e', script], { cwd: fileURLToPath(new URL('.', import.meta.url)) })),
    }
  }
  return { times: 1, ours: () => load(ours), plain: () => load(plain) }
}

ready(0, {
  list: () => Object.keys(tricks),
  /** Both ways in turn; which one goes first changes from turn to turn. */
  async time({ name, turn }) {
    const { times, ...ways } = tricks[name]
    const us = {}
    for (const way of turn % 2 === 0 ? ['ours', 'plain'] : ['plain', 'ours']) us[way] = await timeOf(ways[way], times)
    return us
  },
})

async function timeOf(way, times) {
  if (times === 1) return (await way()).us
  const started = performance.now()
  for (let count = 0; count < times; count++) await way()
  return ((performance.now() - started) * 1_000) / times
}
