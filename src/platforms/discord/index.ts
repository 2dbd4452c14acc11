import type { PlatformFactory } from '../platform.js'
import { createAnswer } from './answer.js'
import { createApi } from './api.js'
import { createFindCommand } from './commands/find-command.js'
import { createDecode } from './decode.js'
import { createDeliver } from './deliver.js'
import { drawCard } from './embed.js'
import { createFindRooms } from './find-rooms.js'
import { createFinishDeferred } from './finish-deferred.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { createRegister } from './register.js'
import { readSettings } from './settings.js'
import { createVerify, verifyHead } from './verify.js'
import { name, textLimit } from './wire.js'

/** Discord with its interactions endpoint, if DISCORD_PUBLIC_KEY is set. */
export const discord: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const deps = { ...given, ...settings, log: parentLog.child({ platform: name }) }
  const api = createApi(deps)

  return {
    name,
    webhooks: ['/interactions'],
    provesHandles: true,
    sharesRoomNames: true,
    maxTextLength: textLimit,
    cardOverflow: (card) => drawCard(card).left,
    verifyHead,
    verify: createVerify(deps),
    decode: createDecode({ ...deps, findCommand: createFindCommand(deps.catalog) }),
    answer: createAnswer(deps),
    deliver: createDeliver({ ...deps, api }),
    durableReplyTo: settings.botToken ? durableReplyTo : () => undefined,
    ...(settings.botToken ? { listRooms: createListRooms({ api }), findRooms: createFindRooms({ api }) } : {}),
    onInvocationEnd: createFinishDeferred({ ...deps, api }),
    register: createRegister({ ...deps, api }),
  }
}
