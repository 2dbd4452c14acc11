import { setTimeout as wait } from 'node:timers/promises'
import { lasting } from './_format.js'
import { runHttp } from './_http.js'
import type { StepResult, Values } from './_result.js'
import { runShell } from './_shell.js'
import type { Step, Work } from './_target.js'
import { until } from './_until.js'

/** Runs one step. Throws the signal's reason if that is aborted; anything else is a result. */
export async function runStep(step: Step, values: Values, signal: AbortSignal): Promise<StepResult> {
  const { signal: either, release } = until([signal], step.timeoutMs)
  const result = await doWork(step.work, values, either).catch((error: unknown) => failure(error, either))
  release()
  signal.throwIfAborted()
  const seen = { ...result, output: plain(redact(result.output, step.work)) }
  return either.aborted ? { ...seen, ok: false, word: `no end after ${lasting(step.timeoutMs)}` } : seen
}

/** The environment variables that the steps need and that are not set. */
export function missing(steps: readonly Step[]): readonly string[] {
  const wanted = steps.flatMap(({ work }) => secretNames(work))
  return [...new Set(wanted)].filter((name) => !process.env[name])
}

function doWork(work: Work, values: Values, signal: AbortSignal): Promise<StepResult> {
  if (work.kind === 'shell') return runShell(work, values, signal)
  if (work.kind === 'http') return runHttp(work, values, signal)
  return wait(work.ms, { ok: true, word: 'done', output: '' }, { signal })
}

/** Never the error's message, because it may contain an address or a header. */
function failure(error: unknown, signal: AbortSignal): StepResult {
  if (signal.aborted) return { ok: false, word: 'stopped', output: '' }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? `${cause.code}` : 'no answer'
  return { ok: false, word: code, output: '' }
}

/** Removes colors, control characters and marks that change the text direction. */
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
