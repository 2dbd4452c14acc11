import { didYouMean, listBelow } from '../built-in/help.js'
import { ForbiddenError, hasCode } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/logger.js'
import { type Outcome, type Replies, type Reply, whisper } from '../model/reply.js'
import type { Fault } from '../parsing/bind-options.js'
import { parse } from '../parsing/parse.js'
import { quoted } from '../parsing/quote-input.js'
import { tokenize, type Word } from '../parsing/tokenize.js'
import { usageLine } from '../parsing/usage.js'
import { isOwnSchedule, refusal, takeTurn } from '../policy/authorization.js'
import { askConsent, consentOf } from '../prompts/confirmation.js'
import { askOption, toAsk } from '../prompts/option-prompt.js'
import { createAsking } from '../prompts/pending-calls.js'
import { createTakeUp } from '../prompts/resume-call.js'
import type { Entry } from '../registry/compiled-command.js'
import type { Found, Registry } from '../registry/registry.js'
import { findIn, type Line, namesIn } from '../registry/resolve-command.js'
import { createShelf, type Later } from '../scheduler/delayed-jobs.js'
import { type Clock, systemClock } from '../shared/clock.js'
import type { Store } from '../stores/store.js'
import { createTenantStore } from '../stores/tenant-store.js'
import { type End, notice, run, timeoutOf } from './execute.js'
import { Stop } from './lazy-abort.js'
import { type Belt, createBelt } from './reply-channel.js'

/** Answers one invocation: the command it calls, its replies as they come, and how it ended. Never throws. */
export type Dispatch = (invocation: Invocation, signal: AbortSignal) => Answering

/** A call's replies, and the name of its command; empty where it calls none. */
export interface Answering extends Replies {
  readonly command: string
}

/** What dispatch works with. */
export interface DispatchParts {
  readonly registry: Registry
  readonly store: Store
  readonly log: Log
  readonly clock?: Clock
  /** What types a line later; left out, it is kept in the store for whoever looks there. */
  readonly later?: Later
}

/** Makes dispatch: find, authorise, parse, ask back, run. */
export function createDispatch(parts: DispatchParts): Dispatch {
  const { registry, store, log, clock = systemClock, later = shelve(store, clock) } = parts
  const asking = createAsking(store, clock.now)
  const takeUp = createTakeUp({ registry, asking, now: clock.now, log })

  function dispatch(invocation: Invocation, signal: AbortSignal): Answering {
    const words = tokenize(invocation.text)
    const found = findIn(registry, words)
    const stop = new Stop()
    const left = () => stop.now(() => new DOMException('The call is over.', 'AbortError'))
    const belt = createBelt(left)
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

  async function proceed(line: Line, belt: Belt, stop: Stop, signal: AbortSignal): Promise<End> {
    const { entry, invocation, confirmedBy } = line
    const callLog = once(() => log.child({ invocation: invocation.id, command: entry.name }))
    try {
      const next = await (mayHang(entry) ? inTime(admit(line), timeoutOf(entry.command), clock) : admit(line))
      if ('line' in next) return await proceed(next.line, belt, stop, signal)
      if ('reply' in next) return { outcome: next.outcome, notice: next.reply }
      const { values } = next
      const tenantStore = once(() => createTenantStore(store, invocation))
      const parts = { entry, values, invocation, confirmedBy, store: tenantStore, log: callLog, clock, signal, later }
      return await run(parts, belt, stop)
    } catch (error) {
      if (hasCode(error, 'forbidden') || hasCode(error, 'usage')) {
        return { outcome: error.code === 'usage' ? 'usage' : 'forbidden', notice: whisper(error.message) }
      }
      callLog().error({ error: stackOf(error) }, 'command failed before it ran')
      return { outcome: 'failed', notice: notice({ entry, invocation }, 'failed', 'bad') }
    }
  }

  /**
   * Who may not run a command is not told how it is used, who used it wrongly is not asked whether it was meant, and who
   * was asked has not had a turn.
   */
  async function admit(line: Line): Promise<Next> {
    const { found, entry, words, invocation, answers, confirmedBy } = line
    const refused = await refusal(entry, invocation, registry.policy)
    if (refused !== undefined) throw new ForbiddenError(refused)
    const parsed = await parse(entry.takes, invocation.text, words.slice(found.depth), invocation, answers)
    if ('faults' in parsed) {
      const missing = toAsk(entry.takes, parsed.faults)
      if (!missing) return { reply: await usage(line, parsed.faults), outcome: 'usage' }
      return { reply: askOption(missing, await asking.hold(invocation, answers, missing.name)), outcome: 'done' }
    }
    if (entry.answers) return await takeUp(entry.answers, parsed.values, invocation)
    const freely = confirmedBy || isOwnSchedule(entry.name, invocation)
    const consent = freely ? undefined : consentOf(entry, registry.policy.judge(entry, invocation))
    if (consent) {
      const code = await asking.hold(invocation, answers)
      const asked = { asker: invocation.user, line: invocation.text, answers, code }
      return { reply: askConsent(consent, asked), outcome: 'done' }
    }
    await takeTurn(entry.name, entry.command, invocation, store, clock.now)
    return parsed
  }

  async function usage({ found, entry, words, invocation }: Line, faults: readonly Fault[]): Promise<Reply> {
    const lines = faults.map(({ message }) => message)
    const next = words[found.depth]?.text
    const parent = namesIn(words).slice(0, found.depth)
    const near = next === undefined || !found.group ? undefined : await didYouMean(registry, next, parent, invocation)
    if (near) lines.push(`Did you mean /${near}?`)
    return whisper([...lines, `Usage: ${usageLine(entry.name, entry.takes)}`].join('\n'))
  }

  /** What is no command of ours is left alone, unless it nearly is one. */
  async function answerMiss(found: Found | undefined, words: readonly Word[], invocation: Invocation): Promise<End> {
    const names = namesIn(words)
    const depth = found?.depth ?? 0
    const typed = names[depth] ?? ''
    const near = typed === '' ? undefined : await didYouMean(registry, typed, names.slice(0, depth), invocation)
    const list = found && (await listBelow(registry, found.name, invocation))
    if (!near && !list) return { outcome: 'ignored' }
    const there =
      typed === ''
        ? `/${found?.name} is more than one command:`
        : `There is no command ${quoted(`/${names.slice(0, depth + 1).join(' ')}`)}.`
    const said = [there, near ? `Did you mean /${near}?` : undefined, list].filter(Boolean)
    return { outcome: 'usage', notice: whisper(said.join(near && !list ? ' ' : '\n')) }
  }

  return dispatch
}

/** What is to be done with a line: run it, say something instead, or go on with the line that it answers for. */
type Next =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly reply: Reply; readonly outcome: Outcome }
  | { readonly line: Line }

/** The command that a line names, whoever typed it; undefined where it names none. */
export function findCommand(registry: Registry, line: string): Entry | undefined {
  return findIn(registry, tokenize(line))?.entry
}

/** Says whether anything of the author's is asked before the command runs; an answer leads to another command. */
function mayHang({ command, takes, answers }: Entry): boolean {
  return answers !== undefined || command.allow?.when !== undefined || takes.hasSchema
}

function shelve(store: Store, { now }: Clock): Later {
  const shelf = createShelf({ store, now, venues: () => [] })
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
