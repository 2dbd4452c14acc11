import { AuthenticationError } from '../../model/errors.js'
import type { PlatformFactory } from '../platform.js'
import { createConnection } from './connect.js'
import { checkInstalled } from './connection/library.js'
import type { RoomPauses } from './connection/room.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createFindRooms, createListRooms, durableReplyTo } from './proactive-rooms.js'
import { cardOverflow } from './render.js'
import { readSettings } from './settings.js'
import { name, textLimit } from './wire.js'

/** Creates XMPP with other pauses, for tests, which cannot wait. */
export function createXmpp(pauses?: RoomPauses): PlatformFactory {
  return (env, { log: parentLog, ...given }) => {
    const settings = readSettings(env)
    if (!settings) return undefined
    checkInstalled()
    const deps = { ...given, settings, log: parentLog.child({ platform: name }) }
    const { connect, outgoing } = createConnection({ ...deps, ...(pauses ? { pauses } : {}) })
    return {
      name,
      webhooks: [],
      sharesRoomNames: new Set(settings.rooms.map(({ id }) => id.split('@')[1])).size > 1,
      maxTextLength: textLimit,
      canEdit: () => true,
      cardOverflow,
      async verify() {
        throw new AuthenticationError('XMPP has no webhooks')
      },
      decode,
      deliver: createDeliver({ ...deps, outgoing }),
      deliversByConnection: true,
      connect,
      durableReplyTo,
      listRooms: createListRooms(settings),
      findRooms: createFindRooms(settings),
    }
  }
}

/** XMPP, if XMPP_JID is set. */
export const xmpp: PlatformFactory = createXmpp()
