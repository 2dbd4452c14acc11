import type { Logger } from '../../../model/logger.js'
import { messageOf } from '../../../shared/error-details.js'
import type { Accept, Verified } from '../../platform.js'
import { decode } from '../decode.js'
import { isLasting } from '../verify.js'
import { bareOf, type Element, type Payload, personId, resourceOf } from '../wire.js'
import type { Library } from './library.js'
import { type LastSeen, mostMissedMs } from './listening-spans.js'
import type { Room, Said } from './room.js'

/** Accepts messages to the bot. */
export interface Intake {
  hear(said: Said, room: Room | undefined): void
  /** Resolves when everything that has arrived so far is stored. */
  settled(): Promise<void>
  /** Whether a message came when nothing was accepted any more; then the server must not be told that it arrived. */
  hasMissed(): boolean
  /** A new session begins, in which missed messages arrive again. */
  begin(): void
}

/** Creates the intake. */
export function createIntake({ lastSeen, verify, accept, entered, send, xml, log }: IntakeDeps): Intake {
  const taking = new Set<Promise<unknown>>()
  let hasMissed = false
  const maySay = createAllowance(5, 10_000)

  function hear(said: Said, room: Room | undefined): void {
    const isHeld = said.missedAt !== undefined && said.stanza.attrs['type'] !== 'groupchat'
    // Senders from other servers are known only by the rooms, so the bot has to be in them first.
    track(isHeld ? entered().then(() => takeIn(said, room)) : takeIn(said, room))
  }

  function track(taken: Promise<void> | undefined): void {
    if (!taken) return
    taking.add(taken)
    void taken.finally(() => taking.delete(taken))
  }

  /** Messages from a short absence are accepted if their ids identify them. */
  function takeIn(said: Said, room: Room | undefined): Promise<void> | undefined {
    const { stanza, missedAt } = said
    const now = Date.now()
    const isLost = isOutdated(said, room, now)
    if (isLost && stanza.attrs['type'] === 'groupchat') return undefined
    const verified = verify(stanza, now, missedAt)
    if (!verified || decode(verified).invocation === undefined) return undefined
    if (isLost || (missedAt !== undefined && isGone(verified, room))) {
      tell(stanza, 'the bot was away when you sent that; if you got no answer, send it again.')
      return undefined
    }
    const take = accept()
    if (take) return take(verified).then(ignore, (error: unknown) => notTaken(error, stanza, room))
    hasMissed = true
    return undefined
  }

  function isOutdated({ stanza, missedAt }: Said, room: Room | undefined, now: number): boolean {
    if (missedAt === undefined) return false
    const { id, type } = stanza.attrs
    if (!isLasting(id)) return true
    return !(room && type === 'groupchat' ? lastSeen.isMissed(room.id, missedAt) : now - missedAt <= mostMissedMs)
  }

  /** The message was not stored. */
  function notTaken(error: unknown, stanza: Element, room: Room | undefined): void {
    if (!accept()) {
      hasMissed = true
      return
    }
    log.warn({ reason: messageOf(error), room: room?.id }, 'a command was not accepted')
    tell(stanza, 'the bot could not accept that now; try again in a moment.')
  }

  /** Answers a message where it was sent. Limited, so that a refused flood does not cause another. */
  function tell({ attrs: { from = '', type } }: Element, text: string): void {
    if (!maySay()) return
    const isToRoom = type === 'groupchat'
    const body = `${isToRoom ? `${resourceOf(from)}: ` : ''}${text}`
    send(xml('message', { to: isToRoom ? bareOf(from) : from, type: type ?? 'chat' }, xml('body', {}, body)))
  }

  return {
    hear,
    settled: async () => void (await Promise.all(taking)),
    hasMissed: () => hasMissed,
    begin() {
      hasMissed = false
    },
  }
}

interface IntakeDeps {
  readonly lastSeen: Pick<LastSeen, 'isMissed'>
  readonly verify: (stanza: Element, receivedAt: number, missedAt?: number) => Verified<Payload> | undefined
  readonly xml: Library['xml']
  readonly log: Logger
  /** Undefined while nothing is accepted. */
  accept(): Accept | undefined
  /** Resolves when the bot knows who is in its rooms. */
  entered(): Promise<void>
  send(notice: Element): void
}

/** Whether the sender of a private message is no longer known in the room, so that no answer would arrive. */
function isGone({ payload: { door, occupant } }: Verified<Payload>, room: Room | undefined): boolean {
  return door === 'private' && !(occupant && room?.occupants.nickOf(personId(occupant)) !== undefined)
}

const ignore = () => undefined

/** Creates a function that returns true at most `most` times per period. */
function createAllowance(most: number, periodMs: number): () => boolean {
  let [since, count] = [0, 0]
  return () => {
    const now = Date.now()
    if (now - since > periodMs) [since, count] = [now, 0]
    return ++count <= most
  }
}
