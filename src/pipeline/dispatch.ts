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
  readonly store: Store
  readonly log: Logger
  readonly clock?: Clock
  /** What types a line later; left out, it is kept in the store for whoever looks there. */
  readonly later?: ScheduleLine
}

/** Makes dispatch: find, authorise, parse, ask back, run. */
export function createDispatch(parts: DispatchDeps): Dispatch {
  const { registry, store, log, clock = systemClock, later = shelve(store, clock) } = parts
  const asking = createPendingCalls(store, clock.now)
  const takeUp = createResumeCall({ registry, asking, now: clock.now, log })

  function dispatch(invocation: Invocation, signal: AbortSignal): CallReplies {
    const words = tokenize(invocation.text)
    const found = resolveCommand(registry, words)
    const stop = new LazyAbortController()
    const left = () => stop.now(() => new DOMException('The call is over.', 'AbortError'))
    const belt = createReplyChannel(left)
    const ending = found?.entry
      ? proceed({ found, entry: found.entry, words, invocation, answers: {} }, belt, stop, signal)
      : answerMiss(found, words, invocation)
    ending.then(
      ({ outcome, notice }) => {
        belt.end(outcome, notice)
        left()
      },
      (error: unknown) => {
        log.error({ invocation: invocation.id, error: stackOf(error) }, 'not answered')
        belt.end('failed')
      },
    )
    return { command: found?.entry?.name ?? '', next: belt.replies.next, return: belt.replies.return }
  }

  async function proceed(
    line: ResolvedCall,
    belt: ReplyChannel,
    stop: LazyAbortController,
    signal: AbortSignal,
  ): Promise<ExecutionResult> {
    const { entry, invocation, confirmedBy } = line
    const callLog = once(() => log.child({ invocation: invocation.id, command: entry.name }))
    try {
      const next = await (mayHang(entry) ? inTime(admit(line), timeoutOf(entry.command), clock) : admit(line))
      if ('line' in next) return await proceed(next.line, belt, stop, signal)
      if ('reply' in next) return { outcome: next.outcome, notice: next.reply }
      const { values } = next
      const tenantStore = once(() => createTenantStore(store, invocation))
      const parts = { entry, values, invocation, confirmedBy, store: tenantStore, log: callLog, clock, signal, later }
      return await execute(parts, belt, stop)
    } catch (error) {
      if (isBotError(error, 'forbidden') || isBotError(error, 'usage')) {
        return { outcome: error.code === 'usage' ? 'usage' : 'forbidden', notice: whisper(error.message) }
      }
      callLog().error({ error: stackOf(error) }, 'command failed before it ran')
      return { outcome: 'failed', notice: failureNotice({ entry, invocation }, 'failed', 'bad') }
    }
  }

  /**
   * Who may not run a command is not told how it is used, who used it wrongly is not asked whether it was meant, and who
   * was asked has not had a turn.
   */
  async function admit(line: ResolvedCall): Promise<Next> {
    const { found, entry, words, invocation, answers, confirmedBy } = line
    const refused = await denialReason(entry, invocation, registry.policy)
    if (refused !== undefined) throw new ForbiddenError(refused)
    const parsed = await parse(entry.compiledOptions, invocation.text, words.slice(found.depth), invocation, answers)
    if ('faults' in parsed) {
      const missing = optionToAsk(entry.compiledOptions, parsed.faults)
      if (!missing) return { reply: await usage(line, parsed.faults), outcome: 'usage' }
      return { reply: optionPrompt(missing, await asking.add(invocation, answers, missing.name)), outcome: 'done' }
    }
    if (entry.answers) return await takeUp(entry.answers, parsed.values, invocation)
    const freely = confirmedBy || isScheduledBy(entry.name, invocation)
    const consent = freely ? undefined : requiredConfirmation(entry, registry.policy.evaluate(entry, invocation))
    if (consent) {
      const code = await asking.add(invocation, answers)
      const asked = { asker: invocation.user, line: invocation.text, answers, code }
      return { reply: confirmationPrompt(consent, asked), outcome: 'done' }
    }
    await acquireCooldown(entry.name, entry.command, invocation, store, clock.now)
    return parsed
  }

  async function usage(
    { found, entry, words, invocation }: ResolvedCall,
    faults: readonly ParseError[],
  ): Promise<Reply> {
    const lines = faults.map(({ message }) => message)
    const next = words[found.depth]?.text
    const parent = commandWords(words).slice(0, found.depth)
    const near =
      next === undefined || !found.group ? undefined : await suggestCommand(registry, next, parent, invocation)
    if (near) lines.push(`Did you mean /${near}?`)
    return whisper([...lines, `Usage: ${usageLine(entry.name, entry.compiledOptions)}`].join('\n'))
  }

  /** What is no command of ours is left alone, unless it nearly is one. */
  async function answerMiss(
    found: CommandMatch | undefined,
    words: readonly Word[],
    invocation: Invocation,
  ): Promise<ExecutionResult> {
    const names = commandWords(words)
    const depth = found?.depth ?? 0
    const typed = names[depth] ?? ''
    const near = typed === '' ? undefined : await suggestCommand(registry, typed, names.slice(0, depth), invocation)
    const list = found && (await listSubcommands(registry, found.name, invocation))
    if (!near && !list) return { outcome: 'ignored' }
    const there =
      typed === ''
        ? `/${found?.name} is more than one command:`
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
export function findCommand(registry: Registry, line: string): CompiledCommand | undefined {
  return resolveCommand(registry, tokenize(line))?.entry
}

/** Says whether anything of the author's is asked before the command runs; an answer leads to another command. */
function mayHang({ command, compiledOptions: takes, answers }: CompiledCommand): boolean {
  return answers !== undefined || command.allow?.when !== undefined || takes.hasSchema
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
