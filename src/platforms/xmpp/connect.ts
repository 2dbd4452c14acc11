import { ConnectionError, DeliveryError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import { messageOf } from '../../shared/error-details.js'
import { repeat } from '../../shared/repeat.js'
import type { Accept, Platform, PlatformDeps } from '../platform.js'
import { createDepartures } from './connection/departures.js'
import { createGate } from './connection/gate.js'
import { createIntake } from './connection/intake.js'
import { type Library, loadLibrary } from './connection/library.js'
import { createLastSeen } from './connection/listening-spans.js'
import { createOutgoingMessages, type OutgoingMessages } from './connection/outgoing.js'
import type { Room, RoomPauses } from './connection/room.js'
import { createRooms } from './connection/rooms.js'
import { createSavedSession, type SessionState } from './connection/saved-session.js'
import { createStream, type Stream } from './connection/session.js'
import type { Outgoing } from './deliver.js'
import type { Settings } from './settings.js'
import { createVerifyMessage, toInstallation } from './verify.js'
import { bareOf, delayOf, type Element, type Message, resourceOf } from './wire.js'

/** The connection, and sending over it. */
export interface XmppConnection {
  readonly connect: NonNullable<Platform['connect']>
  readonly outgoing: Outgoing
}

/** What connecting needs. */
export interface ConnectDeps extends Pick<PlatformDeps, 'store' | 'encryptor'> {
  readonly settings: Settings
  readonly log: Logger
  readonly pauses?: RoomPauses
}

/** Creates the connection. When it is lost, the next one resumes its session if possible. */
export function createConnection(deps: ConnectDeps): XmppConnection {
  let session: Session | undefined
  return {
    async connect(accept, signal, connected, isHeld = () => true) {
      session ??= createSession(await loadLibrary(), deps)
      await session.hold({ accept, signal, connected, isHeld })
    },
    outgoing: {
      async send(message) {
        if (!session) throw notYet('XMPP is not connected')
        await session.send(message)
      },
      nickOf: (room, person) => session?.nickOf(room, person),
      isIn: (room) => session?.isIn(room) ?? false,
    },
  }
}

type Session = ReturnType<typeof createSession>

/** One connection while this process holds it, as `connect` is given it. */
interface Holding {
  readonly accept: Accept
  readonly signal: AbortSignal
  connected(): void
  /** Whether this process still holds the lease, which may be lost before the signal is aborted. */
  isHeld(): boolean
}

function createSession(library: Library, { settings, store, encryptor, log, pauses = roomPauses }: ConnectDeps) {
  const { jid, domain } = settings
  const outgoing: OutgoingMessages = createOutgoingMessages(library)
  const lastSeen = createLastSeen(store, jid, log)
  const savedSession = createSavedSession({ store, encryptor, jid, log })
  const departures = createDepartures()
  const rooms = createRooms({
    settings,
    library,
    log,
    pauses,
    departures,
    lastSeen,
    isHeld: () => live?.isHeld() ?? true, // between two connections, nothing can be sent anyway
    settled: () => intake.settled(),
    onSaid: (said, room) => intake.hear(said, room),
    onIn: tellIn,
  })
  const verify = createVerifyMessage({
    installation: toInstallation(jid, domain),
    domain,
    room: rooms.view,
    isOccupant: rooms.hasJid,
  })
  let stream: Stream | undefined
  let live: Holding | undefined
  let [isUp, isOpen] = [false, false]
  let beganAt = 0
  let hasEntered = false
  let entering = createGate()
  entering.open()
  const intake = createIntake({
    lastSeen,
    verify,
    xml: library.xml,
    log,
    accept: () => (live?.signal.aborted ? undefined : live?.accept),
    entered: () => entering.opened,
    send: (notice) => void stream?.send(notice).catch(() => undefined),
  })

  function onStanza(stanza: Element): void {
    const { from = '', type, id } = stanza.attrs
    const room = rooms.find(bareOf(from))
    if (stanza.name === 'presence') seePresence(stanza, room)
    else if (stanza.name !== 'message') return
    else if (type === 'error') outgoing.refused(stanza)
    else if (!room || type !== 'groupchat') intake.hear({ stanza, missedAt: heldAt(stanza) }, room)
    else {
      if (room.nicks()[0] === resourceOf(from)) outgoing.shown(id)
      room.message(stanza)
    }
  }

  function seePresence(stanza: Element, room: Room | undefined): void {
    if (!entering.isOpen()) departures.presence(stanza)
    room?.presence(stanza)
  }

  /** When it was sent, if the server held it for an earlier session, which may have received it. */
  function heldAt(stanza: Element): number | undefined {
    const at = delayOf(stanza, domain) ?? delayOf(stanza, jid)
    return at !== undefined && at < beganAt ? at : undefined
  }

  function tellIn(): void {
    if (isUp || !live) return
    isUp = true
    live.connected()
  }

  /** The stream to open: this process's own if it can be resumed, otherwise a new one, from a saved session if any. */
  async function currentStream(): Promise<Stream> {
    if (stream?.canResume() && !intake.hasMissed()) return stream
    intake.begin()
    const saved = await savedSession.load()
    hasEntered = false
    stream = createStream({ library, settings, log, saved, keep, onStanza })
    return stream
  }

  async function keep(state: SessionState): Promise<void> {
    await intake.settled()
    if (intake.hasMissed()) throw new ConnectionError('the connection is being left') // the server keeps it for the successor
    await savedSession.save(state)
  }

  /** From now on, messages held for an earlier session arrive. */
  function begin(): void {
    beganAt = Date.now()
    if (entering.isOpen()) entering = createGate()
  }

  function enter(on: Stream, isContinued: boolean): void {
    hasEntered = true
    departures.begin(isContinued)
    begin()
    rooms.reset()
    enterRooms(on)
      .catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'rooms not entered'))
      .finally(entering.open)
  }

  async function enterRooms(on: Stream): Promise<void> {
    await on.send(library.xml('presence'))
    await rooms.enter(on)
    outgoing.giveUp('the connection was lost before the room showed it')
    if (settings.rooms.length === 0) tellIn()
  }

  async function leave(on: Stream): Promise<void> {
    entering.open()
    await rooms.note()
    await rooms.leave()
    await on.leave()
  }

  function forget(): void {
    stream = undefined
    entering.open()
    rooms.reset()
    outgoing.giveUp('the connection was lost')
  }

  return {
    async hold(holding: Holding): Promise<void> {
      const { signal, isHeld } = holding
      const timers: NodeJS.Timeout[] = []
      const on = await currentStream()
      live = holding
      isUp = false
      try {
        if (!hasEntered) begin()
        const resumed = await on.open(signal)
        isOpen = true
        const left = new Promise<'left'>((resolve) => {
          if (signal.aborted) resolve('left')
          signal.addEventListener('abort', () => resolve('left'), { once: true })
        })
        if (resumed && hasEntered) tellIn()
        else enter(on, resumed)
        const ignore = () => undefined
        const ifHeld = (task: () => Promise<void>) => async () => (isHeld() ? await task() : undefined)
        timers.push(repeat(ifHeld(rooms.note), 5_000, ignore))
        timers.push(repeat(ifHeld(rooms.check), 60_000, ignore))
        if ((await Promise.race([left, on.lost()])) === 'left') await leave(on)
      } catch (error) {
        if (!signal.aborted && on.canResume()) throw error
        forget()
        if (!signal.aborted) throw error
      } finally {
        live = undefined
        isOpen = false
        for (const timer of timers) clearInterval(timer)
        if (signal.aborted) forget()
      }
    },
    async send(message: Message): Promise<void> {
      const room = rooms.find(bareOf(message.to))
      if (message.type === 'groupchat' && !room)
        throw new DeliveryError('XMPP_ROOMS does not list that room', { retry: false })
      if (!stream || !isOpen) throw notYet('XMPP is not connected') // before login, the server accepts nothing
      if (message.type === 'groupchat' && !room?.isIn()) throw notYet('the bot is not in the room')
      await outgoing.send(message, stream)
    },
    nickOf: (room: string, person: string) => rooms.find(room)?.occupants.nickOf(person),
    isIn: (room: string) => rooms.find(room)?.isIn() ?? false,
  }
}

/** Retried soon, because the connection or room may be back in a moment. */
function notYet(why: string): DeliveryError {
  return new DeliveryError(why, { retry: true, retryAfterMs: 500 })
}

const roomPauses: RoomPauses = { soon: 2_000, later: 30_000, slowly: 300_000 }
