import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionError } from '../../../model/errors.js'
import type { Logger } from '../../../model/logger.js'
import { messageOf } from '../../../shared/error-details.js'
import type { Platform } from '../../platform.js'
import type { Admit } from '../verify.js'
import { createTakeEnvelope } from './handle-envelope.js'
import { type Line, type LineDeps, type LineEnd, openLine, switchedOff } from './open-connection.js'

/** What the connections need. */
export interface ConnectDeps extends LineDeps {
  readonly admit: Admit
  readonly log: Logger
}

/**
 * Creates a function that holds two connections, between which the service spreads messages: while one is renewed or lost, the
 * other gets all. A new one is opened before the old one is closed. https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export function createConnect(deps: ConnectDeps): NonNullable<Platform['connect']> {
  const { log } = deps
  return async (accept, signal, connected) => {
    const take = createTakeEnvelope({ ...deps, accept })
    const standing = new Set<Line>()
    const leaving = new AbortController()
    const left = AbortSignal.any([signal, leaving.signal])
    const leave = whenAborted(left)

    async function open(): Promise<Line> {
      const line = await openLine(deps, take, left)
      if (left.aborted) {
        await line.close()
        throw new ConnectionError('left meanwhile')
      }
      standing.add(line)
      void line.closed.then(() => standing.delete(line))
      return line
    }

    /** Opens a second connection; there is no hurry while the first is up. */
    async function openBeside(): Promise<Line> {
      for (let failures = 0; ; failures++) {
        try {
          return await open()
        } catch (error) {
          if (standing.size === 0 || left.aborted) throw error
          log.warn({ reason: messageOf(error) }, 'one of the two connections cannot be opened')
          await pause(failures, left)
        }
      }
    }

    /** Keeps one of the two. Throws ConnectionError if none is left. */
    async function keep(first?: Line): Promise<void> {
      let line = first ?? (await openBeside())
      for (let brief = 0; ; ) {
        const since = performance.now()
        const end = await Promise.race([line.ending, leave])
        if (!end) return
        await assertOtherStands(line, end)
        brief = performance.now() - since < steadyMs ? brief + 1 : 0
        if (brief > 3) await pause(brief, left)
        const next = await openBeside()
        log.debug({ end }, 'a connection was replaced')
        void retire(line, end)
        line = next
      }
    }

    async function assertOtherStands(line: Line, end: LineEnd): Promise<void> {
      if (end === 'disabled') throw switchedOff()
      if (end === 'lost' && standing.size === 0) throw new ConnectionError(`Slack hung up (${await line.closed})`)
    }

    /** If the service asked for it, it closes the connection itself, and still sends messages until then. */
    async function retire(line: Line, end: LineEnd): Promise<void> {
      if (end === 'asked') await Promise.race([line.closed, leave, sleep(lingerMs, undefined, { ref: false })])
      await line.close()
    }

    try {
      const first = await open()
      connected()
      await Promise.all([keep(first), keep()])
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      leaving.abort()
      await Promise.all([...standing].map((line) => line.close()))
    }
  }
}

const lingerMs = 30_000
/** If connections repeatedly end sooner than this, there is a pause before the next one. */
const steadyMs = 10_000

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(failures, 10))
  await sleep(ceiling * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
}
