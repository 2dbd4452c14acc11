import { ForbiddenError, hasCode } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import { type Outcome, type Reply, whisper } from '../model/reply.js'
import type { Store } from '../stores/store.js'
import type { Fault } from './assign.js'
import { mayRun, takeTurn } from './authorise.js'
import { type Clock, systemClock } from './clock.js'
import type { Entry } from './entry.js'
import { didYouMean, listBelow } from './help.js'
import { parse } from './parse.js'
import { quoted } from './quoted.js'
import type { Found, Registry } from './registry.js'
import { notice, run, timeoutOf } from './run.js'
import { createTenantStore } from './tenant-store.js'
import { tokenize, type Word } from './tokenize.js'
import { usageLine } from './usage.js'

/** Answers one invocation: its replies as they come, and how it ended. Never throws. */
export type Dispatch = (invocation: Invocation, signal: AbortSignal) => AsyncGenerator<Reply, Outcome>

/** What dispatch works with. */
export interface DispatchParts {
  readonly registry: Registry
  readonly store: Store
  readonly log: Log
  readonly clock?: Clock
}

/** Makes dispatch: find, authorise, parse, run. */
export function createDispatch({ registry, store, log, clock = systemClock }: DispatchParts): Dispatch {
  return async function* dispatch(invocation, signal) {
    const words = tokenize(invocation.text)
    const found = find(registry, words)
    const entry = found?.entry
    if (!found || !entry) return yield* answerMiss(found, words, invocation)

    const callLog = log.child({ invocation: invocation.id, command: entry.name })
    try {
      const admitted = await inTime(admit(found, entry, words, invocation), timeoutOf(entry.command), clock)
      if ('faults' in admitted) {
        yield await usage(found, entry, admitted.faults, words, invocation)
        return 'usage'
      }
      const parts = { entry, values: admitted.values, invocation, log: callLog, clock, signal }
      return yield* run({ ...parts, store: createTenantStore(store, invocation) })
    } catch (error) {
      if (hasCode(error, 'forbidden') || hasCode(error, 'usage')) {
        yield whisper(error.message)
        return error.code === 'usage' ? 'usage' : 'forbidden'
      }
      callLog.error({ error: error instanceof Error ? error.stack : String(error) }, 'command failed before it ran')
      yield notice({ entry, invocation }, 'failed', 'bad')
      return 'failed'
    }
  }

  /** Who may not run a command is not told how it is used, and who used it wrongly has not had a turn. */
  async function admit(found: Found, entry: Entry, words: readonly Word[], invocation: Invocation) {
    if (!(await mayRun(entry.command, invocation))) throw new ForbiddenError(`You may not run /${found.name} here.`)
    const parsed = await parse(entry.takes, invocation.text, words.slice(found.depth), invocation)
    if ('values' in parsed) await takeTurn(entry.name, entry.command, invocation, store, clock.now)
    return parsed
  }

  async function usage(
    found: Found,
    entry: Entry,
    faults: readonly Fault[],
    words: readonly Word[],
    invocation: Invocation,
  ) {
    const lines = faults.map(({ message }) => message)
    const next = words[found.depth]?.text
    const parent = namesIn(words).slice(0, found.depth)
    const near = next === undefined || !found.group ? undefined : await didYouMean(registry, next, parent, invocation)
    if (near) lines.push(`Did you mean /${near}?`)
    return whisper([...lines, `Usage: ${usageLine(entry.name, entry.takes)}`].join('\n'))
  }

  /** What is no command of ours is left alone, unless it nearly is one. */
  async function* answerMiss(
    found: Found | undefined,
    words: readonly Word[],
    invocation: Invocation,
  ): AsyncGenerator<Reply, Outcome> {
    const names = namesIn(words)
    const depth = found?.depth ?? 0
    const typed = names[depth] ?? ''
    const near = typed === '' ? undefined : await didYouMean(registry, typed, names.slice(0, depth), invocation)
    const list = found && (await listBelow(registry, found.name, invocation))
    if (!near && !list) return 'ignored'
    const there =
      typed === ''
        ? `/${found?.name} is more than one command:`
        : `There is no command ${quoted(`/${names.slice(0, depth + 1).join(' ')}`)}.`
    yield whisper(
      [there, near ? `Did you mean /${near}?` : undefined, list].filter(Boolean).join(near && !list ? ' ' : '\n'),
    )
    return 'usage'
  }
}

/** The command that a line names, whoever typed it; undefined where it names none. */
export function findCommand(registry: Registry, line: string): Entry | undefined {
  return find(registry, tokenize(line))?.entry
}

function find(registry: Registry, words: readonly Word[]): Found | undefined {
  const names = namesIn(words)
  return names.length > 0 ? registry.find(names) : undefined
}

/** The words that may be a command's name: the first without its slash, and no quoted ones. */
function namesIn(words: readonly Word[]): readonly string[] {
  const [first, ...others] = words.slice(0, 20)
  if (!first?.text.startsWith('/') || first.plain !== first.text.length) return []
  const quotedAt = others.findIndex((word) => word.plain !== word.text.length)
  return [first.text.slice(1), ...(quotedAt < 0 ? others : others.slice(0, quotedAt)).map((word) => word.text)]
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
