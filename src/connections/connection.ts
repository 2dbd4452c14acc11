import { ConnectionError, isBotError, UnavailableError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import type { Accept, Platform } from '../platforms/platform.js'
import { messageOf } from '../shared/error-details.js'
import { repeat } from '../shared/repeat.js'
import type { Lease } from './lease.js'

/** `standby`: another process holds the connection. `down`: this process should hold it, but does not. */
export type ConnectionState = 'connected' | 'down' | 'standby'

/** The result of an attempt: it was established, it was established and lost, or it failed. */
export type ConnectionEvent = 'connected' | 'lost' | 'refused'

/** A platform's connection. Only one process holds it, and it is reopened indefinitely. */
export interface Connection {
  readonly platform: string
  state(): ConnectionState
  start(): void
  /** Closes the connection, so that another process can take over. */
  stop(): Promise<void>
}

/** Creates the connection of a platform that has `connect`. `start` opens it. */
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

  /** Holds the connection while this process has the lease. Resolves with the pause before the next attempt. */
  async function hold(): Promise<number> {
    const holding = new AbortController()
    const leave = () => holding.abort()
    stopping.signal.addEventListener('abort', leave, { once: true })
    const watch = setInterval(() => lease.isHeld() || leave(), watchMs).unref()
    const renewal = repeat(async () => void ((await lease.renew()) || leave()), renewMs, leave)
    try {
      while (!holding.signal.aborted) {
        const pauseMs = await connect(holding)
        if (pauseMs > longestHoldMs) return pauseMs // another process may succeed
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

  /** One connection, from opening to closing. Resolves with the pause before the next. */
  async function connect(holding: AbortController): Promise<number> {
    const { signal } = holding
    let standsSince: number | undefined
    const ended = new AbortController()
    // A new signal for each connection, so that a platform's listeners do not accumulate.
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
    // Log the same failure once, not for each attempt.
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
  /** Runs alongside the connection until the signal is aborted. */
  readonly serve?: ((signal: AbortSignal) => Promise<void>) | undefined
  /** For metrics. */
  readonly onEvent?: ((platform: string, event: ConnectionEvent) => void) | undefined
  /** Milliseconds between requests for a lease that another process has, and between renewals. */
  readonly lookMs?: number
  readonly renewMs?: number
  readonly pauses?: Pauses
}

/** Milliseconds before the next attempt: the upper limit starts at the first and doubles up to the longest. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
  /** After a failure that will not go away soon. */
  readonly slowMs: number
}

const defaultPauses: Pauses = { firstMs: 500, longestMs: 30_000, slowMs: 300_000 }

/** Jitter keeps bots that were disconnected together from reconnecting together. */
function pauseAfter(failures: number, slow: boolean, { firstMs, longestMs, slowMs }: Pauses): number {
  const ceiling = slow ? slowMs : Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16))
  return ceiling * (0.5 + Math.random() / 2)
}

/** Resolves as `work` does, or rejects some time after the signal, if `work` does not end by then. */
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

/** Resolves after this many milliseconds, or when the signal is aborted. */
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

/** After a connection that lasted this long, the pauses start over. */
const steadyMs = 10_000
const watchMs = 250
const leaveMs = 5_000
/** Before a longer pause, the lease is released. */
const longestHoldMs = 5_000
