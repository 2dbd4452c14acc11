import type { Installation } from '../../model/installation.js'
import type { Logger } from '../../model/logger.js'
import { type Clock, systemClock } from '../../shared/clock.js'
import { messageOf } from '../../shared/error-details.js'
import { randomToken } from '../../shared/random-token.js'
import type { Accept } from '../platform.js'
import type { Network } from './connection/network-state.js'
import type { Pace } from './connection/outgoing.js'
import { createSession, type Patience, type Session, usualPatience } from './connection/session.js'
import { openSocket } from './connection/socket.js'
import type { Settings } from './settings.js'
import { verify } from './verify.js'
import { type Message, nickOf } from './wire.js'

/** The current session, if any; replies are delivered over it. */
export interface Link {
  session?: Session | undefined
}

/** What connecting needs. */
export interface ConnectDeps {
  readonly settings: Settings
  readonly installation: Installation
  readonly link: Link
  readonly log: Logger
  readonly clock?: Clock
  readonly patience?: Patience
  readonly pace?: Pace
}

/** Creates a function that opens the connection and holds it until the signal is aborted. */
export function createConnect(deps: ConnectDeps) {
  const { settings, link, log, clock = systemClock, patience = usualPatience, pace } = deps

  return async (
    accept: Accept,
    signal: AbortSignal,
    connected: () => void,
    isHeld: () => boolean = () => true,
  ): Promise<void> => {
    const socket = await openSocket(settings, signal, patience.open).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (!socket) return
    const ready = () => {
      link.session = session
      connected()
    }
    const taking = createTaking(deps, accept, () => session)
    const session: Session = createSession({
      ...{ socket, settings, log, clock, patience, pace, isHeld },
      onReady: ready,
      onMessage: (message, network) => link.session === session && taking(message, network),
    })
    const leave = () => session.leave()
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    try {
      await session.ended
    } finally {
      signal.removeEventListener('abort', leave)
      if (link.session === session) link.session = undefined
    }
  }
}

/** Passes on what people type. Reading stops while too many lines are waiting to be accepted. */
function createTaking({ installation, settings, log }: ConnectDeps, accept: Accept, session: () => Session) {
  const mark = randomToken(16)
  let [count, waiting] = [0, 0]

  return (message: Message, network: Network): void => {
    count += 1
    const heard = { message, network, installation, wantedNick: settings.nick, receivedAt: Date.now() }
    const verified = verify({ ...heard, count: `${mark}/${count}` })
    if (!verified) return
    waiting += 1
    if (waiting === mostWaiting) session().hold(true)
    accept(verified)
      .catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'a command was not accepted; its caller gets a notice')
        return session().say({ verb: 'NOTICE', target: nickOf(message.source), lines: [notTaken] })
      })
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1
        if (waiting === mostWaiting / 2) session().hold(false)
      })
  }
}

const mostWaiting = 256
const notTaken = 'The bot could not accept that. Please type it again in a moment.'
