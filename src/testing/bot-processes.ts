import assert from 'node:assert/strict'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection } from '../connections/connection.js'
import { createLease } from '../connections/lease.js'
import { UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { silentLogger } from '../model/logger.js'
import type { Accept, Platform } from '../platforms/platform.js'
import { createMemoryStore } from '../stores/memory.js'
import { createUntil } from './until.js'

/** Processes of a bot that share a lease, and a journal that only remembers ids. */
export interface BotProcesses {
  /** Starts one and resolves when it is connected. */
  connect(): Promise<BotProcess>
  /** Starts one, possibly in addition to another. */
  stand(): BotProcess
  /** Opens a connection that is not reopened. */
  begin(platform: Platform): BareConnection
  /** The same, and resolves when it is established. */
  connectBare(platform: Platform): Promise<BareConnection>
  /** Resolves when exactly these lines were run, in any order. */
  runs(...texts: readonly string[]): Promise<readonly Invocation[]>
  /** Repeats a line until it was run, because it may be sent while nobody is connected. */
  runsAmongOthers(text: string, again?: () => void): Promise<void>
  texts(): readonly string[]
  keepNothing(isFull: boolean): void
  /** How many requests were not stored. */
  refused(): number
  stop(): Promise<void>
}

/** One process. */
export interface BotProcess extends Pick<Connection, 'state' | 'stop'> {
  readonly platform: Platform
  /** The lines that it ran. */
  ran(): readonly Invocation[]
}

/** A connection that is not reopened. */
export interface BareConnection {
  /** Settles as `connect` does. */
  readonly ended: Promise<void>
  leave(): void
}

/** Creates them; `start` creates the platform of each. */
export function createBotProcesses(start: () => Platform, patienceMs: number): BotProcesses {
  const until = createUntil(patienceMs)
  const store = createMemoryStore()
  const seen = new Set<string>()
  const taken: Invocation[] = []
  const ends: (() => Promise<unknown>)[] = []
  let [isFull, refused] = [false, 0]

  function createAccept(platform: Platform, ran: Invocation[]): Accept {
    return async (verified, send) => {
      const { ack, invocation } = platform.decode(verified)
      await setImmediate() // like a disk, not immediate
      if (isFull && invocation) {
        refused++
        throw new UnavailableError('nothing is kept', 1)
      }
      if (invocation && !seen.has(invocation.id)) {
        seen.add(invocation.id)
        taken.push(invocation)
        ran.push(invocation)
      }
      await send?.(ack)
      return ack
    }
  }

  function stand(): BotProcess {
    const platform = start()
    const ran: Invocation[] = []
    const { state, stop, ...connection } = createConnection({
      platform,
      accept: createAccept(platform, ran),
      lease: createLease({ store, key: 'connection', ttlMs: 6_000 }),
      log: silentLogger,
      lookMs: 20,
      pauses: { firstMs: 20, longestMs: 100, slowMs: 100 },
    })
    connection.start()
    ends.push(stop)
    return { platform, state, stop, ran: () => ran }
  }

  function begin(platform: Platform, connected = () => {}): BareConnection {
    const leaving = new AbortController()
    const leave = () => leaving.abort()
    const ended =
      platform.connect?.(createAccept(platform, []), leaving.signal, connected) ?? assert.fail('it has no `connect`')
    const quiet = ended.catch(() => undefined)
    ends.push(async () => {
      leave()
      await Promise.race([quiet, sleep(patienceMs, undefined, { ref: false })])
    })
    return { ended, leave }
  }

  const texts = () => taken.map(({ text }) => text)
  return {
    stand,
    begin,
    async connect() {
      const process = stand()
      await until(() => process.state() === 'connected', 'it connects')
      return process
    },
    async connectBare(platform) {
      let isUp = false
      const bare = begin(platform, () => {
        isUp = true
      })
      await Promise.race([until(() => isUp, 'it connects'), bare.ended])
      return bare
    },
    async runs(...wanted) {
      await until(
        () => taken.length >= wanted.length,
        `${wanted} is run`,
        () => `${texts()}`,
      )
      assert.deepEqual([...texts()].sort(), [...wanted].sort())
      return taken
    },
    async runsAmongOthers(text, again) {
      await until(async () => {
        again?.()
        await sleep(200)
        return texts().includes(text)
      }, `${text} is run`)
    },
    texts,
    keepNothing(full) {
      isFull = full
    },
    refused: () => refused,
    async stop() {
      await Promise.all(ends.splice(0).map((end) => end()))
    },
  }
}
