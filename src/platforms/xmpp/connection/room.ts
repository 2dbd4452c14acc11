import type { Logger } from '../../../model/logger.js'
import type { RoomSetting } from '../settings.js'
import { delayOf, type Element, resourceOf } from '../wire.js'
import type { Library } from './library.js'
import { codesOf, createOccupants, newNickOf, type Occupants, roomsWord } from './occupants.js'
import { departureOf, errorOf, type Refusal, refusalOf } from './room-errors.js'
import { createRoomRequests } from './room-requests.js'
import type { Stream } from './session.js'

/** A room in the settings. The bot enters it, and again whenever it was removed, without giving up. */
export interface Room {
  readonly id: string
  /** The bot's current nick there, then the one in the settings. */
  nicks(): readonly string[]
  isIn(): boolean
  /** When it was last entered, in milliseconds since 1970. */
  enteredAt(): number
  /** Whether it assigns occupant ids. */
  givesIds(): boolean
  readonly occupants: Occupants
  /** Enters it; resolves when the bot is in or was refused. `awayMs`: how long no process has listened there. */
  join(stream: Stream, awayMs: number | undefined): Promise<void>
  presence(stanza: Element): void
  message(stanza: Element): void
  /** The stream is gone, so the bot is out of the room. */
  reset(): void
  leave(): Promise<void>
  /** Checks whether the bot is still in, and enters again if not. https://xmpp.org/extensions/xep-0410.html */
  check(): Promise<void>
}

/** A message in a room. */
export interface Said {
  readonly stanza: Element
  /** For a message from the bot's absence: when it was sent, in milliseconds since 1970; 0 if the room does not say. */
  readonly missedAt?: number | undefined
}

/** Creates the room without entering it. */
export function createRoom({ setting, nick, library, log: parent, pauses, isHeld, onSaid, onIn }: RoomDeps): Room {
  const { id, password } = setting
  const log = parent.child({ room: id })
  const requests = createRoomRequests({ setting, library, log })
  let state: 'out' | 'joining' | 'in' = 'out'
  let current = nick
  let hasIds = false
  let [isEntered, isDescribed, isHistoryOver] = [false, false, false]
  let arrived: Said[] = []
  let stream: Stream | undefined
  let timer: NodeJS.Timeout | undefined
  let lateTimer: NodeJS.Timeout | undefined
  let leftAt: number | undefined
  let enteredAt = 0
  let failures = 0
  let named = ''
  let settle = () => {}
  const occupants = createOccupants(() => hasIds)

  function enter(): void {
    if (!isHeld()) {
      settle() // a process that was paused may wake here, while another one is in the room
      return
    }
    state = 'joining'
    ;[isEntered, isDescribed, isHistoryOver] = [false, false, false]
    arrived = []
    occupants.clear()
    clearTimeout(lateTimer)
    lateTimer = setTimeout(() => out({ reason: 'it does not answer', again: 'soon' }), joinMs)
    if (!stream) return
    void requests.enter(stream, current, leftAt === undefined ? Infinity : Date.now() - leftAt)
    void describe(stream)
  }

  async function describe(asked: Stream): Promise<void> {
    const givesIds = await requests.givesIds(asked)
    if (asked !== stream || state !== 'joining') return
    hasIds = givesIds
    isDescribed = true
    settleIn()
  }

  function settleIn(): void {
    if (state !== 'joining' || !isEntered || !isDescribed || !isHistoryOver) return
    state = 'in'
    failures = 0
    named = ''
    clearTimeout(lateTimer)
    log.info({ nick: current }, 'in the room')
    const waiting = arrived
    arrived = []
    for (const said of waiting) onSaid(said)
    onIn()
    settle()
  }

  function out({ reason, again }: Refusal): void {
    if (state === 'in') leftAt = Date.now()
    state = 'out'
    clearTimeout(lateTimer)
    clearTimeout(timer)
    occupants.clear()
    const pauseMs = pauses[again] * (again === 'soon' ? 2 ** Math.min(failures, 5) : 1) * (0.75 + Math.random() / 2)
    failures++
    log[reason === named ? 'debug' : 'warn']({ reason, retryInMs: Math.round(pauseMs) }, 'not in the room')
    named = reason
    settle()
    if (!stream) return
    timer = setTimeout(() => {
      current = nick
      enter()
    }, pauseMs)
  }

  function refused(stanza: Element): void {
    const { condition } = errorOf(stanza)
    const isTaken = condition === 'conflict'
    if (isTaken && current.length < nick.length + mostTaken) {
      log.warn({ nick: current }, 'the nick is already taken')
      current = `${current}_`
      enter()
    } else if (isTaken) out({ reason: `the nick ${nick} and others like it are taken`, again: 'later' })
    else out(refusalOf(condition, password !== undefined))
  }

  function isOurs(from: string, codes: ReadonlySet<string>): boolean {
    return resourceOf(from) === current || codes.has('110')
  }

  return {
    id,
    nicks: () => [...new Set([current, nick])],
    isIn: () => state === 'in',
    enteredAt: () => enteredAt,
    givesIds: () => hasIds,
    occupants,
    join(given, awayMs) {
      stream = given
      current = nick
      leftAt = awayMs === undefined ? undefined : Date.now() - awayMs
      return new Promise((resolve) => {
        settle = resolve
        enter()
      })
    },
    presence(stanza) {
      const { from = '', type } = stanza.attrs
      if (state === 'out') return
      if (type === 'error') {
        if (state === 'joining') refused(stanza)
        return
      }
      const [theirs, codes] = [resourceOf(from), codesOf(stanza)]
      if (theirs === '') return // ejabberd sends presences of the room itself
      if (type === 'unavailable') {
        const to = newNickOf(stanza, codes)
        if (to === undefined && isOurs(from, codes)) return out(departureOf(stanza, codes))
        if (to === undefined) return occupants.leave(theirs)
        occupants.rename(theirs, to)
        if (isOurs(from, codes)) current = to
        return
      }
      occupants.update(theirs, stanza)
      if (!isOurs(from, codes) || isEntered) return
      current = theirs
      isEntered = true
      enteredAt = Date.now()
      if (codes.has('201') && stream) void requests.unlock(stream)
      if (roomsWord(stanza)?.getChild('item')?.attrs['role'] === 'visitor')
        log.warn({}, 'the bot cannot speak in the room until the owner gives it voice')
      settleIn()
    },
    message(stanza) {
      if (state === 'in') return onSaid({ stanza })
      if (state === 'out') return
      arrived.push(isHistoryOver ? { stanza } : { stanza, missedAt: delayOf(stanza, id) ?? 0 })
      // The topic, even an empty one, ends the history. With a body it is an ordinary message.
      if (stanza.getChild('subject') && !stanza.getChild('body')) {
        isHistoryOver = true
        settleIn()
      }
    },
    reset() {
      state = 'out'
      stream = undefined
      clearTimeout(timer)
      clearTimeout(lateTimer)
      leftAt = undefined
      settle()
    },
    async leave() {
      if (state === 'out') return
      state = 'out' // so that the room's response is ignored
      clearTimeout(lateTimer)
      if (stream) await requests.leave(stream, current)
    },
    async check() {
      if (state !== 'in' || !stream) return
      const asked = stream
      const isLost = await requests.hasLost(asked, current)
      if (isLost && state === 'in' && asked === stream) out({ reason: 'the room has forgotten the bot', again: 'soon' })
    },
  }
}

/** How long to wait before trying to enter again, in milliseconds. */
export type RoomPauses = Readonly<Record<Refusal['again'], number>>

interface RoomDeps {
  readonly setting: RoomSetting
  readonly nick: string
  readonly library: Library
  readonly log: Logger
  readonly pauses: RoomPauses
  /** Whether this process still holds the connection. */
  isHeld(): boolean
  onSaid(said: Said): void
  onIn(): void
}

const joinMs = 30_000
/** How many characters are appended to a taken nick at most. */
const mostTaken = 3
