import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { describeProcess } from '../../../src/journal/process-liveness.js'

/** A bot in a process of its own, as an operator runs it. */
export interface BotProcess {
  readonly pid: number
  /** The processes that it serves from. */
  workers(): readonly number[]
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Asks it to stop, and gives its exit code. */
  stop(): Promise<number | null>
  /** Its exit code and the signal that ended it. */
  readonly ended: Promise<readonly unknown[]>
}

/** Starts the built bot and resolves when it is ready. */
export async function startBot(env: Readonly<Record<string, string>>, logFile: string): Promise<BotProcess> {
  const child = spawn(process.execPath, [join('dist', 'cli', 'main.js'), 'start'], {
    env: { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile, { flags: 'a' })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = once(child, 'exit')
  await ready(child, Number(env['PORT']), ended)
  return {
    pid: child.pid ?? 0,
    workers: () => workersOf(child.pid ?? 0),
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

/** Whether there is such a process, and not only its remains. */
export function lives(pid: number): boolean {
  return describeProcess(pid).started !== ''
}

/** Those that serve; a shell that watches over each of them is no worker. */
function workersOf(pid: number): readonly number[] {
  const children = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' }) // exits 1 where there are none
  return children.stdout
    .split('\n')
    .filter((line) => line.includes('main.js'))
    .map((line) => Number.parseInt(line, 10))
}

async function ready(child: ChildProcess, port: number, ended: Promise<unknown>): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (let tries = 0; tries < 4_800 && !over; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  child.kill('SIGKILL')
  throw new Error(over ? `the bot ended with code ${child.exitCode}` : 'the bot was not ready within two minutes')
}
