import { type CommandContext, type CommandOutput, say, whisper } from 'slashroom'
import { exampleNote } from './_example.js'
import { ago, count, lasting } from './_format.js'
import { addToPast, current, type Rollout, readPast } from './_history.js'
import { type Holder, holderOf, takeLock } from './_lock.js'
import type { StepResult } from './_result.js'
import { missing, runStep } from './_steps.js'
import type { Step, Target } from './_target.js'
import { until } from './_until.js'

/** What to deploy where. `version` is called once nobody else can change what runs there. */
export interface Plan {
  readonly kind: Rollout['kind']
  readonly target: Target
  version(past: readonly Rollout[]): string
}

type Context = Pick<CommandContext, 'invocation' | 'store' | 'signal'>
type Done = StepResult & { readonly name: string; readonly tookMs: number }

/** Deploys a version step by step, reports the progress and stores the outcome. */
export async function* rollOut(plan: Plan, context: Context): AsyncGenerator<CommandOutput, void> {
  const unset = missing(stepsOf(plan))
  if (unset.length > 0) {
    yield whisper(`Nothing was started: the bot’s environment lacks ${unset.join(', ')}.`)
    return
  }
  const { invocation, store, signal } = context
  const holder = { id: invocation.id, by: invocation.user.name, at: Date.now() }
  const lock = await takeLock(store, plan.target, holder)
  if (!lock) {
    yield whisper(busy(plan.target, await holderOf(store, plan.target)))
    return
  }
  const either = until([signal, lock.lost])
  try {
    yield* underLock(plan, holder, { ...context, signal: either.signal })
  } finally {
    either.release()
    await lock.release()
  }
}

/** The beginning of each answer about a target: `website 1.1.0 on staging`. */
export function heading({ service, env }: Target, version: string): string {
  return `${service} ${version} on ${env}`
}

function stepsOf({ kind, target }: Plan): readonly Step[] {
  return kind === 'rollback' ? target.rollback : target.steps
}

function busy({ service, env }: Target, holder: Holder | undefined): string {
  const who = holder ? `${holder.by} started ${ago(holder.at)}` : 'someone else started a moment earlier'
  return `${service} on ${env} is being deployed: ${who}. Try again when that is done.`
}

async function* underLock(plan: Plan, holder: Holder, { store, signal }: Context): AsyncGenerator<CommandOutput, void> {
  const { kind, target } = plan
  const past = await readPast(store, target)
  const running: Rollout = { ...holder, kind, version: plan.version(past), outcome: 'running' }
  const done: Done[] = []
  let ended = running
  await addToPast(store, target, running)
  try {
    yield* work(plan, running, done, signal)
  } finally {
    ended = end(running, stepsOf(plan), done)
    await addToPast(store, target, ended)
  }
  yield ended.outcome === 'good' ? success(target, ended, done) : failure(target, ended, done, current(past))
}

/** Runs the steps until one fails, and adds each to `done`. */
async function* work(
  plan: Plan,
  { at, version }: Rollout,
  done: Done[],
  signal: AbortSignal,
): AsyncGenerator<CommandOutput> {
  const { target, kind } = plan
  const steps = stepsOf(plan)
  const verb = kind === 'rollback' ? 'Rolling back to' : 'Deploying'
  for (const [index, step] of steps.entries()) {
    yield say(`${verb} ${heading(target, version)}: ${index + 1} of ${steps.length}, ${step.name}…`, {
      updateKey: 'progress',
    })
    const begun = Date.now()
    const timeoutMs = Math.max(1, Math.min(step.timeoutMs, at + target.timeoutMs - begun))
    const result = await runStep({ ...step, timeoutMs }, { ...target, version }, signal)
    done.push({ ...result, name: step.name, tookMs: Date.now() - begun })
    if (!result.ok) return
  }
}

function end(running: Rollout, steps: readonly Step[], done: readonly Done[]): Rollout {
  const tookMs = Date.now() - running.at
  const failed = done.find((step) => !step.ok)
  if (failed) return { ...running, tookMs, outcome: 'failed', step: failed.name }
  const next = steps[done.length]
  return next ? { ...running, tookMs, outcome: 'stopped', step: next.name } : { ...running, tookMs, outcome: 'good' }
}

function success(target: Target, { kind, version, tookMs = 0 }: Rollout, done: readonly Done[]): CommandOutput {
  const head = `${target.service} ${version} is ${kind === 'rollback' ? 'back ' : ''}on ${target.env}`
  const steps = done.map(({ name, word, tookMs, output }) => {
    const lastLine = output.trim().split('\n').at(-1)?.trim().slice(0, 160)
    return `${name}: ${word}, ${lasting(tookMs)}${lastLine ? ` · ${lastLine}` : ''}`
  })
  const notes = target.example ? [exampleNote] : []
  return say([`${head}, after ${lasting(tookMs)} and ${count(steps.length, 'step')}.`, ...steps, ...notes].join('\n'), {
    tone: 'good',
  })
}

function failure(
  target: Target,
  { version }: Rollout,
  done: readonly Done[],
  before: Rollout | undefined,
): CommandOutput {
  const { service, env } = target
  const failed = done.at(-1)
  const tail = failed?.output.trim().split('\n').slice(-10).join('\n').slice(-1500)
  const lines = [
    `${heading(target, version)} failed at ${failed?.name}: ${failed?.word}, after ${lasting(failed?.tookMs ?? 0)}.`,
    ...(tail ? ['The end of its output:', tail] : []),
    ...(before ? [`/deploy rollback ${service} --env ${env} restores ${before.version}.`] : []),
  ]
  return say(lines.join('\n'), { tone: 'bad' })
}
