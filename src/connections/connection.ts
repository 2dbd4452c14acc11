import { ConnectionError, isBotError, UnavailableError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import type { Accept, Platform } from '../platforms/platform.js'
import { messageOf } from '../shared/error-details.js'
import { repeat } from '../shared/repeat.js'
import type { Lease } from './lease.js'

/** `standby`: another process holds it. `down`: this one should, and does not. */
export type ConnectionState = 'connected' | 'down' | 'standby'

/** What became of an attempt: it stood, it stood and was lost, or it never did. */
export type ConnectionEvent = 'connected' | 'lost' | 'refused'

/** A platform's connection: held by one process among all, and opened anew without end. */
export interface Connection {
  readonly platform: string
  state(): ConnectionState
  start(): void
  /** Leaves, and gives the connection to others. */
  stop(): Promise<void>
}

/** Creates the connection of a platform that has one; it is opened at `start`. */
export function createConnection(deps: ConnectionDeps): Connection {
  const { platform, accept, lease, log, onEvent, serve, lookMs = 1_000, renewMs = 1_500, pauses = defaultPauses } = deps
  const stopping = new AbortController()
  let state: ConnectionState = 'down'
  let failures = 0
  let named: string | undefined
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (await takeLease()) await pause(await hold(), stopping.signal)
      else await pause(lookMs, stopping.signal)
    }
  }

  async function takeLease(): Promise<boolean> {
    try {
      const taken = await lease.take()
      if (!taken && state !== 'standby') log.info({}, 'another process holds the connection')
      state = taken ? 'down' : 'standby'
      return taken
    } catch (error) {
      state = 'down'
      log.debug({ reason: messageOf(error) }, 'the store does not say who holds the connection')
      return false
    }
  }

  /** Holds the connection while the lease is ours; resolves with how long to stay away. */
  async function hold(): Promise<number> {
    const holding = new AbortController()
    const leave = () => holding.abort()
    stopping.signal.addEventListener('abort', leave, { once: true })
    const watch = setInterval(() => lease.isHeld() || leave(), watchMs).unref()
    const renewal = repeat(async () => void ((await lease.renew()) || leave()), renewMs, leave)
    try {
      while (!holding.signal.aborted) {
        const pauseMs = await connect(holding)
        if (pauseMs > longestHoldMs) return pauseMs // another process may have more luck
        await pause(pauseMs, holding.signal)
      }
      return 0
    } finally {
      clearInterval(watch)
      clearInterval(renewal)
      stopping.signal.removeEventListener('abort', leave)
      if (!stopping.signal.aborted && !lease.isHeld()) log.warn({}, 'the connection was left: its lease is lost')
      await lease.release().catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'lease not given back'))
    }
  }

  /** One connection, from its beginning to its end; resolves with how long to wait before the next. */
  async function connect(holding: AbortController): Promise<number> {
    const { signal } = holding
    let standsSince: number | undefined
    const ended = new AbortController()
    // Of its own: what a platform hangs on its signal goes with this connection, and does not pile up.
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    signal.addEventListener('abort', abort, { once: true })
    const connected = () => {
      if (signal.aborted) return
      if (standsSince === undefined) void serve?.(AbortSignal.any([signal, ended.signal]))
      standsSince ??= performance.now()
      if (state !== 'connected') log.info({}, 'connected')
      state = 'connected'
      named = undefined
      onEvent?.(platform.name, 'connected')
    }
    const isHeld = () => {
      if (!lease.isHeld()) holding.abort()
      return !signal.aborted
    }
    const guarded: Accept = (verified, send) => {
      if (!isHeld()) throw new UnavailableError('The connection is being left.', 2)
      return accept(verified, send)
    }
    try {
      await endedOrLeft(
        platform.connect?.(async (...given) => guarded(...given), attempt.signal, connected, isHeld),
        signal,
      )
      if (signal.aborted) return 0
      throw new ConnectionError('it ended')
    } catch (error) {
      if (signal.aborted) {
        log.debug({ reason: messageOf(error) }, 'left without a word')
        return 0
      }
      return fail(error, standsSince)
    } finally {
      signal.removeEventListener('abort', abort)
      ended.abort()
      state = 'down'
    }
  }

  function fail(error: unknown, standsSince: number | undefined): number {
    const lost = standsSince !== undefined
    if (lost && performance.now() - standsSince >= steadyMs) failures = 0
    const slow = isBotError(error, 'connection') && (error as ConnectionError).slow
    const pauseMs = pauseAfter(failures++, slow, pauses)
    const reason = messageOf(error)
    const facts = isBotError(error, 'connection') ? { reason } : { err: error }
    // What is named once is not named at each try.
    log[reason === named ? 'debug' : 'warn'](
      { ...facts, retryInMs: Math.round(pauseMs) },
      lost ? 'connection lost' : 'not connected',
    )
    named = reason
    onEvent?.(platform.name, lost ? 'lost' : 'refused')
    return pauseMs
  }

  return {
    platform: platform.name,
    state: () => state,
    start() {
      running ??= run()
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

interface ConnectionDeps {
  readonly platform: Platform
  readonly accept: Accept
  readonly lease: Lease
  readonly log: Logger
  /** What else is done while the connection stands, until the signal. */
  readonly serve?: ((signal: AbortSignal) => Promise<void>) | undefined
  /** For figures. */
  readonly onEvent?: ((platform: string, event: ConnectionEvent) => void) | undefined
  /** How often to ask for the lease while another process has it, and how often it is renewed, in milliseconds. */
  readonly lookMs?: number
  readonly renewMs?: number
  readonly pauses?: Pauses
}

/** How long to wait before another try, in milliseconds: the first ceiling doubles up to the longest. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
  /** After what soon will be no different. */
  readonly slowMs: number
}

const defaultPauses: Pauses = { firstMs: 500, longestMs: 30_000, slowMs: 300_000 }

/** Jitter keeps bots that were thrown out together from coming back together. */
function pauseAfter(failures: number, slow: boolean, { firstMs, longestMs, slowMs }: Pauses): number {
  const ceiling = slow ? slowMs : Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16))
  return ceiling * (0.5 + Math.random() / 2)
}

/** Resolves as `work` does, or rejects a while after the signal: who does not leave then is left alone. */
async function endedOrLeft(work: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const begin = () => {
      const timer = setTimeout(() => reject(new ConnectionError(`not left within ${leaveMs} ms`)), leaveMs)
      cancel = () => clearTimeout(timer)
    }
    cancel = () => signal.removeEventListener('abort', begin)
    signal.addEventListener('abort', begin, { once: true })
  })
  try {
    await Promise.race([work, late])
  } finally {
    cancel()
  }
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}

/** A connection that stood for so long was a good one: the next try is soon again. */
const steadyMs = 10_000
const watchMs = 250
const leaveMs = 5_000
/** A longer pause is not sat out with the lease in hand. */
const longestHoldMs = 5_000
