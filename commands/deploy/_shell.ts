import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { mostOutput, type StepResult, type Values } from './_result.js'
import type { Work } from './_target.js'

type ShellWork = Extract<Work, { kind: 'shell' }>

/** Runs the operator's script unchanged; what was typed in the room reaches it only as variables. */
export async function runShell(work: ShellWork, values: Values, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted()
  const child = spawn(work.script, {
    shell: true,
    cwd: work.cwd,
    env: environment(work, values),
    detached: process.platform !== 'win32', // in its own process group, so that its children can be ended too
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (text: string) => {
    output = (output + text).slice(-mostOutput)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const closed = once(child, 'close')
  closed.catch(() => {}) // `exited` reports it
  const exited = once(child, 'exit')
  const stop = () => endGroup(child.pid, exited)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const [code, killed] = await exited
    await Promise.race([closed, wait(500)]) // something left running may hold the pipes open
    return { ok: code === 0, word: code === null ? `ended by ${killed}` : `exit code ${code}`, output }
  } finally {
    signal.removeEventListener('abort', stop)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

const always = ['PATH', 'HOME', 'USER', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'ComSpec', 'PATHEXT']

/** Only part of the bot's environment, because scripts must not see its secrets. */
function environment(work: ShellWork, values: Values): NodeJS.ProcessEnv {
  const passed = [...always, ...work.pass].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(passed),
    DEPLOY_SERVICE: values.service,
    DEPLOY_ENV: values.env,
    DEPLOY_VERSION: values.version,
  }
}

async function endGroup(pid: number | undefined, exited: Promise<unknown>): Promise<void> {
  signalGroup(pid, 'SIGTERM')
  await Promise.race([exited.catch(() => {}), wait(3000, undefined, { ref: false })])
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid, name)
  } catch {
    // gone already
  }
}
