import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Step, Work } from './_config.js'
import { lasting } from './_words.js'

/** What a step is told: the only things of the room's that reach it. */
export interface Values {
  readonly service: string
  readonly env: string
  readonly version: string
}

/** How a step went: in a word (`exit code 3`), and the end of what it put out. */
export interface StepResult {
  readonly ok: boolean
  readonly word: string
  readonly output: string
}

type HttpWork = Extract<Work, { kind: 'http' }>
type ShellWork = Extract<Work, { kind: 'shell' }>

const mostOutput = 16_384

/** Does one step. Throws the signal's reason when that is aborted; all else is a result. */
export async function runStep(step: Step, values: Values, signal: AbortSignal): Promise<StepResult> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(step.timeoutMs)])
  const result = await doWork(step.work, values, either).catch((error: unknown) => failure(error, either))
  signal.throwIfAborted()
  const seen = { ...result, output: redact(plain(result.output), step.work) }
  return either.aborted ? { ...seen, ok: false, word: `no end after ${lasting(step.timeoutMs)}` } : seen
}

/** Variables of the bot's environment that the steps need and that are not set. */
export function missing(steps: readonly Step[]): readonly string[] {
  const wanted = steps.flatMap(({ work }) => secretNames(work))
  return [...new Set(wanted)].filter((name) => !process.env[name])
}

function doWork(work: Work, values: Values, signal: AbortSignal): Promise<StepResult> {
  if (work.kind === 'shell') return shell(work, values, signal)
  if (work.kind === 'http') return http(work, values, signal)
  return wait(work.ms, { ok: true, word: 'done', output: '' }, { signal })
}

/** The script is the operator's, as it stands; what the room said comes to it as variables only. */
async function shell(work: ShellWork, values: Values, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted()
  const child = spawn(work.script, {
    shell: true,
    cwd: work.cwd,
    env: environment(work, values),
    detached: process.platform !== 'win32', // a group of its own, so that all of it can be ended
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (text: string) => {
    output = (output + text).slice(-mostOutput)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const closed = once(child, 'close')
  closed.catch(() => {}) // `exited` tells of it
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

/** Not the bot's whole environment: its own secrets are none of a script's business. */
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

async function http(work: HttpWork, values: Values, signal: AbortSignal): Promise<StepResult> {
  const json = work.body === undefined ? undefined : JSON.stringify(fillAll(work.body, values))
  const response = await fetch(fill(work.url, values, encodeURIComponent), {
    method: work.method,
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(Object.entries(work.headers).map(([name, value]) => [name, fill(value, values)])),
    },
    redirect: 'manual',
    signal,
    ...(json === undefined ? {} : { body: json }),
  })
  const ok = work.expect.length > 0 ? work.expect.includes(response.status) : response.ok
  return { ok, word: `status ${response.status}`, output: await firstOf(response) }
}

function fill(template: string, values: Values, encode = (value: string) => value): string {
  return template.replace(/\$\{(?:env:(\w+)|(service|env|version))\}/g, (_, secret, name: keyof Values) =>
    secret ? (process.env[secret] ?? '').trim() : encode(values[name]),
  )
}

function fillAll(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return fill(value, values)
  if (Array.isArray(value)) return value.map((item) => fillAll(item, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAll(item, values)]))
}

async function firstOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= mostOutput) break
  }
  return text.slice(0, mostOutput)
}

/** Never the error's own message: it may carry an address or a header. */
function failure(error: unknown, signal: AbortSignal): StepResult {
  if (signal.aborted) return { ok: false, word: 'stopped', output: '' }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? `${cause.code}` : 'no answer'
  return { ok: false, word: code, output: '' }
}

/** Without colours, control signs and the marks that turn text round. */
function plain(output: string): string {
  return output
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\S \n]|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ')
}

function redact(output: string, work: Work): string {
  const secrets = secretNames(work).flatMap((name) => process.env[name]?.trim() || [])
  return secrets.reduce((text, secret) => (secret.length < 4 ? text : text.replaceAll(secret, '•••')), output)
}

function secretNames(work: Work): readonly string[] {
  if (work.kind === 'shell') return work.pass
  if (work.kind === 'pause') return []
  const all = JSON.stringify([work.url, work.headers, work.body ?? null])
  return [...all.matchAll(/\$\{env:(\w+)\}/g)].flatMap(([, name]) => name ?? [])
}
