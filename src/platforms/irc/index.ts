import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import { systemClock } from '../../shared/clock.js'
import type { PlatformFactory } from '../platform.js'
import { createConnect, type Link } from './connect.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createTurns } from './delivery-lock.js'
import { createFindRooms, createListRooms, durableReplyTo } from './proactive-rooms.js'
import { readSettings } from './settings.js'
import { name, textLimit } from './wire.js'

/** IRC, if IRC_URL is set. */
export const irc: PlatformFactory = (env, { log: parentLog }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const installation = toInstallation(settings.host)
  const log = parentLog.child({ platform: name })
  const link: Link = {}
  const turns = createTurns(systemClock)

  return {
    name,
    webhooks: [],
    provesHandles: true,
    maxTextLength: textLimit,
    canEdit: () => false,
    deliversByConnection: true,
    verify: () => Promise.reject(new AuthenticationError('IRC sends no webhooks')),
    decode,
    awaitTurn: turns.awaitTurn,
    deliver: createDeliver(link, turns),
    connect: createConnect({ settings, installation, link, log }),
    durableReplyTo,
    listRooms: createListRooms(settings, installation),
    findRooms: createFindRooms(settings, installation),
  }
}

/** Identified by its host, because nothing else is certain about a network before it has sent anything. */
function toInstallation(host: string): Installation {
  return { id: host, platform: name, tenant: { id: host }, details: {}, secrets: {} }
}
