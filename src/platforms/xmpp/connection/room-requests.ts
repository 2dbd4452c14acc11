import type { Logger } from '../../../model/logger.js'
import type { RoomSetting } from '../settings.js'
import { type Element, ns } from '../wire.js'
import type { Library } from './library.js'
import { conditionOf, type Stream } from './session.js'

/** Requests to a room. None rejects, because the stream reports its own loss. */
export interface RoomRequests {
  /** Asks to enter, and for the messages of the last `awayMs`, in which no process listened. */
  enter(stream: Stream, nick: string, awayMs: number): Promise<void>
  leave(stream: Stream, nick: string): Promise<void>
  /** Whether the room assigns occupant ids; if not, any that appear are forged. */
  givesIds(stream: Stream): Promise<boolean>
  /** Accepts the default configuration of a new room: until then, nobody else can enter. */
  unlock(stream: Stream): Promise<void>
  /** Whether the room no longer lists the bot. https://xmpp.org/extensions/xep-0410.html */
  hasLost(stream: Stream, nick: string): Promise<boolean>
}

/** Creates the requests to one room. */
export function createRoomRequests({ setting: { id, password }, library: { xml }, log }: RequestsDeps): RoomRequests {
  const write = (stream: Stream, stanza: Element) => stream.send(stanza).catch(() => undefined)

  /** Nothing after a long absence. */
  function history(awayMs: number): Element {
    if (awayMs > longestAwayMs) return xml('history', { maxstanzas: '0' })
    return xml('history', { seconds: String(Math.ceil(awayMs / 1_000) + 2), maxstanzas: '250' })
  }

  return {
    async enter(stream, nick, awayMs) {
      const words = password ? [xml('password', {}, password)] : []
      await write(stream, xml('presence', { to: `${id}/${nick}` }, xml('x', ns.muc, ...words, history(awayMs))))
    },
    leave: (stream, nick) => write(stream, xml('presence', { to: `${id}/${nick}`, type: 'unavailable' })),
    async givesIds(stream) {
      const answer = await stream
        .request(xml('iq', { type: 'get', to: id }, xml('query', ns.discoInfo)))
        .catch(() => undefined)
      const features = answer?.getChild('query', ns.discoInfo)?.getChildren('feature') ?? []
      return features.some(({ attrs }) => attrs['var'] === ns.occupantId)
    },
    async unlock(stream) {
      const form = xml('x', { xmlns: ns.form, type: 'submit' })
      await stream
        .request(xml('iq', { type: 'set', to: id }, xml('query', ns.mucOwner, form)))
        .then(() => log.info({}, 'the room was created'))
        .catch((error: unknown) => log.warn({ reason: conditionOf(error) }, 'the room was created but is still locked'))
    },
    async hasLost(stream, nick) {
      const condition = await stream
        .request(xml('iq', { type: 'get', to: `${id}/${nick}` }, xml('ping', ns.ping)))
        .then(
          () => '',
          (error: unknown) => conditionOf(error),
        )
      return /^(item-not-found|not-acceptable)$/.test(condition)
    },
  }
}

interface RequestsDeps {
  readonly setting: RoomSetting
  readonly library: Library
  readonly log: Logger
}

/** Older messages are not requested. */
const longestAwayMs = 10 * 60_000
