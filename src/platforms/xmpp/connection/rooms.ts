import type { Logger } from '../../../model/logger.js'
import type { Settings } from '../settings.js'
import type { RoomView } from '../verify.js'
import type { Departures } from './departures.js'
import type { Library } from './library.js'
import type { LastSeen } from './listening-spans.js'
import { createRoom, type Room, type RoomPauses, type Said } from './room.js'
import type { Stream } from './session.js'

/** The rooms in the settings. */
export interface Rooms {
  find(id: string): Room | undefined
  view(id: string): RoomView | undefined
  /** Whether somebody with this address is in one of them. */
  hasJid(jid: string): boolean
  /** Enters all of them; resolves when the bot is in each or was refused for now. */
  enter(stream: Stream): Promise<void>
  /** Enters again those that no longer list the bot. */
  check(): Promise<void>
  /** Stores until when the bot listened in each room, after storing everything that it heard until then. */
  note(): Promise<void>
  /** The stream is gone, so the bot is out of all rooms. */
  reset(): void
  leave(): Promise<void>
}

/** Creates the rooms without entering them. */
export function createRooms({ settings, departures, lastSeen, settled, onSaid, onIn, ...deps }: RoomsDeps): Rooms {
  const rooms = new Map(
    settings.rooms.map((setting) => {
      const room = createRoom({
        ...deps,
        setting,
        nick: settings.nick,
        onSaid: (said) => onSaid(said, room),
        onIn: isIn,
      })
      return [setting.id, room]
    }),
  )
  const all = [...rooms.values()]
  let noting: NodeJS.Timeout | undefined

  function isIn(): void {
    onIn()
    if (noting === undefined) void note() // before anything can end the process
    noting ??= setTimeout(() => void note(), 500)
  }

  async function note(): Promise<void> {
    clearTimeout(noting)
    noting = undefined
    const [until, listening] = [Date.now(), all.filter((room) => room.isIn())]
    await settled()
    await lastSeen.note(listening, until)
  }

  return {
    find: (id) => rooms.get(id),
    view(id) {
      const room = rooms.get(id)
      return room && viewOf(room, departures)
    },
    hasJid: (jid) => all.some(({ occupants }) => occupants.hasJid(jid)),
    async enter(stream) {
      await lastSeen.load()
      for (let from = 0; from < all.length; from += atOnce) {
        await Promise.all(all.slice(from, from + atOnce).map((room) => room.join(stream, lastSeen.awayMs(room.id))))
      }
    },
    async check() {
      for (const room of all) await room.check()
    },
    note,
    reset() {
      for (const room of all) room.reset()
    },
    leave: async () => void (await Promise.all(all.map((room) => room.leave()))),
  }
}

interface RoomsDeps {
  readonly settings: Pick<Settings, 'nick' | 'rooms'>
  readonly library: Library
  readonly log: Logger
  readonly pauses: RoomPauses
  readonly departures: Departures
  readonly lastSeen: LastSeen
  /** Whether this process still holds the connection. */
  isHeld(): boolean
  /** Resolves when every message so far is stored. */
  settled(): Promise<void>
  onSaid(said: Said, room: Room): void
  onIn(): void
}

function viewOf(room: Room, { hasStayed }: Departures): RoomView {
  return {
    id: room.id,
    nicks: room.nicks(),
    givesIds: room.givesIds(),
    occupant: (nick) => room.occupants.find(nick),
    hasStayed: (nick) => hasStayed(room.id, nick),
  }
}

/** How many rooms are entered at a time. */
const atOnce = 50
