import type { Logger } from '../../../model/logger.js'
import { messageOf } from '../../../shared/error-details.js'
import type { Accept, Verified } from '../../platform.js'
import { decode } from '../decode.js'
import { isLasting } from '../verify.js'
import { bareOf, type Element, type Payload, personId, resourceOf } from '../wire.js'
import type { Library } from './library.js'
import { type LastSeen, mostMissedMs } from './listening-spans.js'
import type { Room, Said } from './room.js'

/** Takes in what was said to the bot. */
export interface Intake {
  hear(said: Said, room: Room | undefined): void
  /** Resolves when all that came until now is kept. */
  settled(): Promise<void>
  /** Whether something came when nobody took it any more: the server must not hear that the bot has it. */
  hasMissed(): boolean
  /** Another session begins: what was missed comes again. */
  begin(): void
}

/** Creates it. */
export function createIntake({ lastSeen, verify, accept, entered, send, xml, log }: IntakeDeps): Intake {
  const taking = new Set<Promise<unknown>>()
  let hasMissed = false
  const maySay = createAllowance(5, 10_000)

  function hear(said: Said, room: Room | undefined): void {
    const isHeld = said.missedAt !== undefined && said.stanza.attrs['type'] !== 'groupchat'
    // Who somebody is that the bot does not know from its own server is known in its rooms.
    track(isHeld ? entered().then(() => takeIn(said, room)) : takeIn(said, room))
  }

  function track(taken: Promise<void> | undefined): void {
    if (!taken) return
    taking.add(taken)
    void taken.finally(() => taking.delete(taken))
  }

  /** What was said while the bot was away is taken in where it was not long, and its id tells it from all others. */
  function takeIn(said: Said, room: Room | undefined): Promise<void> | undefined {
    const { stanza, missedAt } = said
    const now = Date.now()
    const isLost = isOutdated(said, room, now)
    if (isLost && stanza.attrs['type'] === 'groupchat') return undefined
    const verified = verify(stanza, now, missedAt)
    if (!verified || decode(verified).invocation === undefined) return undefined
    if (isLost || (missedAt !== undefined && isGone(verified, room))) {
      tell(stanza, 'the bot was away when you said that; if it has no answer, say it again.')
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

  /** Nothing good is heard where it was not kept. */
  function notTaken(error: unknown, stanza: Element, room: Room | undefined): void {
    if (!accept()) {
      hasMissed = true
      return
    }
    log.warn({ reason: messageOf(error), room: room?.id }, 'not taken')
    tell(stanza, 'the bot could not take that now; try again in a moment.')
  }

  /** Says it to who said that, where they said it. A flood that is refused is not answered by another. */
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
  /** Undefined while nobody takes anything. */
  accept(): Accept | undefined
  /** Resolves when the bot knows who is in its rooms. */
  entered(): Promise<void>
  send(notice: Element): void
}

/** Whether nobody in the room is known to be the one who said it to the bot alone: no answer would arrive. */
function isGone({ payload: { door, occupant } }: Verified<Payload>, room: Room | undefined): boolean {
  return door === 'private' && !(occupant && room?.occupants.nickOf(personId(occupant)) !== undefined)
}

const ignore = () => undefined

/** Creates what says whether something may be done that many times in so long. */
function createAllowance(most: number, periodMs: number): () => boolean {
  let [since, count] = [0, 0]
  return () => {
    const now = Date.now()
    if (now - since > periodMs) [since, count] = [now, 0]
    return ++count <= most
  }
}
