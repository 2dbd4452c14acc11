import { setTimeout as sleep } from 'node:timers/promises'
import { type Element, ns } from '../wire.js'
import type { Client } from './library.js'
import type { SessionState } from './saved-session.js'

/** What the server holds for the bot, and lets go when it is told that the bot has it. */
export interface StreamManagement {
  /** Writes down what the session is, where another connection may go on with it. */
  keep(): Promise<void>
}

/**
 * Makes the library's stream management outlast the process: it goes on with `saved`, and the server is told that a stanza
 * arrived when that is kept, not before. Servers refuse a count below what they were told.
 */
export function outlastProcess(client: Client, { saved, keep, pauseMs = 100 }: OutlastOptions): StreamManagement {
  const sm = client.streamManagement
  const send = client.send.bind(client)
  let isFirst = saved !== undefined
  let waiting: Element | undefined
  let telling: Promise<void> | undefined
  let keptAt = Number.NEGATIVE_INFINITY

  if (saved) {
    client._jid(saved.jid)
    Object.assign(sm, { id: saved.id, inbound: saved.handled })
  }

  client.on('nonza', (element: Element) => {
    const resumed = element.is('resumed', ns.streamManagement)
      ? element
      : element.getChild('resumed', ns.streamManagement)
    // What it counts was sent by another process: this one does not wait to hear of it.
    if (resumed && isFirst) sm.outbound = Number(resumed.attrs['h'])
    if (resumed) isFirst = false
  })
  client.on('disconnect', () => {
    waiting = undefined
  })

  /** Other answers wait while one is written: the last counts them all. */
  async function tell(): Promise<void> {
    try {
      while (waiting) await tellOne(waiting)
    } finally {
      telling = undefined
    }
  }

  async function tellOne(ack: Element): Promise<void> {
    const pause = keptAt + pauseMs - performance.now()
    if (pause > 0) await sleep(pause)
    if (waiting !== ack) return
    await keepCount(Number(ack.attrs['h']))
    if (waiting !== ack) return
    waiting = undefined
    await send(ack)
  }

  async function keepCount(handled: number): Promise<void> {
    if (sm.id === '' || !client.jid) return
    keptAt = performance.now()
    await keep({ id: sm.id, jid: client.jid.toString(), handled })
  }

  client.send = async (stanza) => {
    if (!stanza.is('a', ns.streamManagement)) return await send(stanza)
    waiting = stanza
    telling ??= tell()
    await telling
  }

  return { keep: () => keepCount(sm.inbound) }
}

interface OutlastOptions {
  /** Of another process, or of this one under an earlier name. */
  readonly saved: SessionState | undefined
  /** Resolves when what came is kept, and so is this. */
  keep(state: SessionState): Promise<void>
  /** The server is told so often at most: each time is a write. */
  readonly pauseMs?: number
}
