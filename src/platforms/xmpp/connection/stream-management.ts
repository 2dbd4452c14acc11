import { setTimeout as sleep } from 'node:timers/promises'
import { type Element, ns } from '../wire.js'
import type { Client } from './library.js'
import type { SessionState } from './saved-session.js'

/** The stanzas that the server keeps for the bot until the bot confirms them. */
export interface StreamManagement {
  /** Stores the state of the session, if it can be resumed. */
  keep(): Promise<void>
}

/**
 * Makes the library's stream management outlast the process: it resumes `saved`, and confirms a stanza to the server
 * only once it is stored. Servers refuse a count lower than one they were told before.
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
    // It counts stanzas that another process sent, for which nobody waits in this one.
    if (resumed && isFirst) sm.outbound = Number(resumed.attrs['h'])
    if (resumed) isFirst = false
  })
  client.on('disconnect', () => {
    waiting = undefined
  })

  /** While one confirmation is being stored, later ones wait; the last includes the others. */
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
  /** The session to resume: another process's, or an earlier one of this process. */
  readonly saved: SessionState | undefined
  /** Resolves when everything that arrived is stored, and this state too. */
  keep(state: SessionState): Promise<void>
  /** The minimum interval between confirmations, each of which is a write. */
  readonly pauseMs?: number
}
