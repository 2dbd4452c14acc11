// The bench's processes: pinned to cores where taskset exists, controlled through IPC, and ended with the bench.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder for all files of a run. */
export const scratch = mkdtempSync(join(tmpdir(), 'slashroom-bench-'))

const here = fileURLToPath(new URL('.', import.meta.url))
const pins = spawnSync('taskset', ['--version']).status === 0 && cpus().length > 1
/** The cores for servers and the load; undefined without pinning. A second server gets a core only if one is left. */
export const cores = pins ? { server: '0', load: '1', ...(cpus().length > 3 ? { second: '2' } : {}) } : undefined

const alive = new Set()

process.on('exit', () => {
  for (const child of alive) kill(child, 'SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

/** Starts a script of the bench or at a full path; `ready` resolves with its first message. Its output goes to a file. */
export async function start(script, { core, env = {}, name = script, args = [], preload } = {}) {
  mkdirSync(join(scratch, 'logs'), { recursive: true })
  const path = join(scratch, 'logs', `${name.replace(/\W+/g, '-')}-${alive.size}.log`)
  const log = openSync(path, 'a')
  const command = [
    '--expose-gc',
    ...(env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${env.BENCH_PROFILE}`] : []),
    ...(preload ? ['--import', new URL(preload, import.meta.url).href] : []),
    resolve(here, script),
    ...args,
  ]
  const [program, words] = cores?.[core]
    ? ['taskset', ['-c', cores[core], process.execPath, ...command]]
    : [process.execPath, command]
  const started = Date.now()
  const child = spawn(program, words, {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    env: { ...inherited(), ...env },
    cwd: scratch,
  })
  alive.add(child)
  const asked = new Map()
  let last = 0
  const settle = ({ id, result, error }) => {
    const waiting = asked.get(id)
    asked.delete(id)
    if (error) waiting?.reject(new Error(`${name}: ${error}`))
    else waiting?.resolve(result)
  }
  child.on('message', settle)
  child.on('exit', (code) => {
    alive.delete(child)
    for (const { reject } of asked.values()) reject(new Error(`${name} ended with ${code}; see ${path}`))
  })
  const expect = (id) => new Promise((resolve, reject) => asked.set(id, { resolve, reject }))
  const ready = expect(0)
  ready.catch(() => {})
  return {
    name,
    started,
    log: path,
    ready,
    ask(verb, given) {
      const id = ++last
      const answer = expect(id)
      child.send({ id, verb, given })
      return answer
    },
    async stop(signal = env.BENCH_PROFILE ? 'SIGTERM' : 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      kill(child, signal)
      await exited
    },
  }
}

/** Killing a process kills its children too; stopping one leaves that to the process. */
function kill(child, signal) {
  process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal)
}

/** A redis-server that syncs to disk before it answers; undefined if there is none. */
export async function startRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined
  const port = await freePort()
  const dir = mkdtempSync(join(scratch, 'redis-'))
  const options = { port, dir, bind: '127.0.0.1', save: '', appendonly: 'yes', appendfsync: 'always' }
  const child = spawn(
    'redis-server',
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { stdio: 'ignore', detached: true },
  )
  adopt(child)
  for (let attempt = 0; attempt < 200 && !(await accepts(port)); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 25))
  return {
    url: (database) => `redis://127.0.0.1:${port}/${database}`,
    async empty(database) {
      const socket = connect(port, '127.0.0.1')
      socket.end(`SELECT ${database}\r\nFLUSHDB\r\n`)
      await once(socket.resume(), 'close')
    },
  }
}

/** A process that is gone with the bench: it must lead a group of its own. */
export function adopt(child) {
  alive.add(child)
  for (const end of ['error', 'exit']) child.on(end, () => alive.delete(child))
  return child
}

/** A port that nobody listens on now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Whether somebody listens there. */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => resolve(false))
  })
}

/** The user's own settings must not change the measurement. */
export function inherited() {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR, LANG }).filter(([, value]) => value !== undefined))
}
