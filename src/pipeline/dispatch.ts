import { listSubcommands, suggestCommand } from '../built-in/help.js'
import { ForbiddenError, isBotError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { type Outcome, type Reply, type ReplyStream, whisper } from '../model/reply.js'
import type { ParseError } from '../parsing/bind-options.js'
import { parse } from '../parsing/parse.js'
import { quoteInput } from '../parsing/quote-input.js'
import { tokenize, type Word } from '../parsing/tokenize.js'
import { usageLine } from '../parsing/usage.js'
import { acquireCooldown, denialReason, isScheduledBy } from '../policy/authorization.js'
import { noPolicy, type Policy } from '../policy/policy.js'
import { confirmationPrompt, requiredConfirmation } from '../prompts/confirmation.js'
import { optionPrompt, optionToAsk } from '../prompts/option-prompt.js'
import { createPendingCalls } from '../prompts/pending-calls.js'
import { createResumeCall } from '../prompts/resume-call.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { CommandMatch, Registry } from '../registry/registry.js'
import { commandWords, type ResolvedCall, resolveCommand } from '../registry/resolve-command.js'
import { createDelayedJobStore, type ScheduleLine } from '../scheduler/delayed-jobs.js'
import { type Clock, systemClock } from '../shared/clock.js'
import type { Store } from '../stores/store.js'
import { createTenantStore } from '../stores/tenant-store.js'
import { type ExecutionResult, execute, failureNotice, timeoutOf } from './execute.js'
import { LazyAbortController } from './lazy-abort.js'
import { createReplyChannel, type ReplyChannel } from './reply-channel.js'

/** Answers one invocation: the command it calls, its replies as they come, and how it ended. Never throws. */
export type Dispatch = (invocation: Invocation, signal: AbortSignal) => CallReplies

/** A call's replies, and the name of its command; empty where it calls none. */
export interface CallReplies extends ReplyStream {
  readonly command: string
}

/** What dispatch works with. */
export interface DispatchDeps {
  readonly registry: Registry
  readonly policy?: Policy
  readonly store: Store
  readonly log: Logger
  readonly clock?: Clock
  /** What types a line later; left out, it is kept in the store for whoever looks there. */
  readonly later?: ScheduleLine
}

/** Makes dispatch: find, authorise, parse, ask back, run. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const { registry, policy = noPolicy, store, log, clock = systemClock, later = shelve(store, clock) } = deps
  const asking = createPendingCalls(store, clock.now)
  const takeUp = createResumeCall({ registry, policy, asking, now: clock.now, log })

  function dispatch(invocation: Invocation, signal: AbortSignal): CallReplies {
    const words = tokenize(invocation.text)
    const match = resolveCommand(registry, words)
    const abort = new LazyAbortController()
    const left = () => abort.now(() => new DOMException('The call is over.', 'AbortError'))
    const channel = createReplyChannel(left)
    const ending = match?.compiled
      ? proceed({ match, compiled: match.compiled, words, invocation, answers: {} }, channel, abort, signal)
      : answerMiss(match, words, invocation)
    ending.then(
      ({ outcome, notice }) => {
        channel.end(outcome, notice)
        left()
      },
      (error: unknown) => {
        log.error({ invocation: invocation.id, error: stackOf(error) }, 'not answered')
        channel.end('failed')
      },
    )
    return { command: match?.compiled?.name ?? '', next: channel.replies.next, return: channel.replies.return }
  }

  async function proceed(
    call: ResolvedCall,
    channel: ReplyChannel,
    abort: LazyAbortController,
    signal: AbortSignal,
  ): Promise<ExecutionResult> {
    const { compiled, invocation, confirmedBy } = call
    const callLog = once(() => log.child({ invocation: invocation.id, command: compiled.name }))
    try {
      const next = await (mayHang(compiled) ? inTime(admit(call), timeoutOf(compiled.command), clock) : admit(call))
      if ('line' in next) return await proceed(next.line, channel, abort, signal)
      if ('reply' in next) return { outcome: next.outcome, notice: next.reply }
      const { values } = next
      const tenantStore = once(() => createTenantStore(store, invocation))
      const deps = {
        compiled,
        values,
        invocation,
        confirmedBy,
        store: tenantStore,
        log: callLog,
        clock,
        signal,
        later,
      }
      return await execute(deps, channel, abort)
    } catch (error) {
      if (isBotError(error, 'forbidden') || isBotError(error, 'usage')) {
        return { outcome: error.code === 'usage' ? 'usage' : 'forbidden', notice: whisper(error.message) }
      }
      callLog().error({ error: stackOf(error) }, 'command failed before it ran')
      return { outcome: 'failed', notice: failureNotice({ compiled, invocation }, 'failed', 'bad') }
    }
  }

  /**
   * Who may not run a command is not told how it is used, who used it wrongly is not asked whether it was meant, and who
   * was asked has not had a turn.
   */
  async function admit(call: ResolvedCall): Promise<Next> {
    const { match, compiled, words, invocation, answers, confirmedBy } = call
    const refused = await denialReason(compiled, invocation, policy)
    if (refused !== undefined) throw new ForbiddenError(refused)
    const parsed = await parse(compiled.compiledOptions, invocation.text, words.slice(match.depth), invocation, answers)
    if ('faults' in parsed) {
      const missing = optionToAsk(compiled.compiledOptions, parsed.faults)
      if (!missing) return { reply: await usage(call, parsed.faults), outcome: 'usage' }
      return { reply: optionPrompt(missing, await asking.add(invocation, answers, missing.name)), outcome: 'done' }
    }
    if (compiled.answers) return await takeUp(compiled.answers, parsed.values, invocation)
    const freely = confirmedBy || isScheduledBy(compiled.name, invocation)
    const consent = freely ? undefined : requiredConfirmation(compiled, policy.evaluate(compiled, invocation))
    if (consent) {
      const code = await asking.add(invocation, answers)
      const asked = { caller: invocation.user, line: invocation.text, answers, code }
      return { reply: confirmationPrompt(consent, asked), outcome: 'done' }
    }
    await acquireCooldown(compiled.name, compiled.command, invocation, store, clock.now)
    return parsed
  }

  async function usage(
    { match, compiled, words, invocation }: ResolvedCall,
    faults: readonly ParseError[],
  ): Promise<Reply> {
    const lines = faults.map(({ message }) => message)
    const next = words[match.depth]?.text
    const parent = commandWords(words).slice(0, match.depth)
    const near =
      next === undefined || !match.group
        ? undefined
        : await suggestCommand({ registry, policy }, next, parent, invocation)
    if (near) lines.push(`Did you mean /${near}?`)
    return whisper([...lines, `Usage: ${usageLine(compiled.name, compiled.compiledOptions)}`].join('\n'))
  }

  /** What is no command of ours is left alone, unless it nearly is one. */
  async function answerMiss(
    match: CommandMatch | undefined,
    words: readonly Word[],
    invocation: Invocation,
  ): Promise<ExecutionResult> {
    const names = commandWords(words)
    const depth = match?.depth ?? 0
    const typed = names[depth] ?? ''
    const near =
      typed === '' ? undefined : await suggestCommand({ registry, policy }, typed, names.slice(0, depth), invocation)
    const list = match && (await listSubcommands({ registry, policy }, match.name, invocation))
    if (!near && !list) return { outcome: 'ignored' }
    const there =
      typed === ''
        ? `/${match?.name} is more than one command:`
        : `There is no command ${quoteInput(`/${names.slice(0, depth + 1).join(' ')}`)}.`
    const said = [there, near ? `Did you mean /${near}?` : undefined, list].filter(Boolean)
    return { outcome: 'usage', notice: whisper(said.join(near && !list ? ' ' : '\n')) }
  }

  return dispatch
}

/** What is to be done with a line: run it, say something instead, or go on with the line that it answers for. */
type Next =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly reply: Reply; readonly outcome: Outcome }
  | { readonly line: ResolvedCall }

/** The command that a line names, whoever typed it; undefined where it names none. */
export function findCommand(registry: Registry, call: string): CompiledCommand | undefined {
  return resolveCommand(registry, tokenize(call))?.compiled
}

/** Says whether anything of the author's is asked before the command runs; an answer leads to another command. */
function mayHang({ command, compiledOptions, answers }: CompiledCommand): boolean {
  return answers !== undefined || command.allow?.when !== undefined || compiledOptions.hasSchema
}

function shelve(store: Store, { now }: Clock): ScheduleLine {
  const shelf = createDelayedJobStore({ store, now, venues: () => [] })
  return async (...asked) => (await shelf.keep(...asked)).invocation.id
}

/** A schema or a predicate that never answers must not hold the call for ever. */
async function inTime<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Error('The options were not checked in time.')))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}

/** Makes a thing when it is first asked for. */
function once<Thing>(make: () => Thing): () => Thing {
  let made: { readonly thing: Thing } | undefined
  return () => {
    made ??= { thing: make() }
    return made.thing
  }
}
