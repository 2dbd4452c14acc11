import type { PlatformFactory } from '../platform.js'
import { createAnswer } from './answer.js'
import { createApi } from './api.js'
import { drawCard } from './card.js'
import { createChats } from './chats/chats.js'
import { createOwnName } from './chats/own-name.js'
import { createButtonLines } from './commands/button-lines.js'
import { createMenu } from './commands/menu.js'
import { createConnect } from './connect.js'
import { createDecode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createPace } from './delivery/pace.js'
import { createFindRooms } from './find-rooms.js'
import { createListRooms } from './proactive-rooms.js'
import { createRegister } from './register.js'
import { durableReplyTo } from './reply-target.js'
import { readSettings } from './settings.js'
import { createReadVerified } from './updates/enrich-update.js'
import { createWebhookSecret } from './updates/secret.js'
import { createVerify, verifyHead } from './verify.js'
import { name, textLimit, webhookPath } from './wire.js'

/** Telegram, if TELEGRAM_BOT_TOKEN is set: by webhook if the bot has an https address, else by polling. */
export const telegram: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const deps = { ...given, ...settings, log: parentLog.child({ platform: name }) }
  const api = createApi(deps)
  const chats = createChats(deps)
  const ownName = createOwnName({ ...deps, api })
  const buttonLines = createButtonLines(deps.store)
  const menu = createMenu(deps.catalog)
  const pace = createPace()
  const secret = createWebhookSecret(deps)
  const readVerified = createReadVerified({ chats, ownName, buttonLines })

  return {
    name,
    webhooks: [webhookPath],
    provesHandles: true,
    sharesRoomNames: true,
    maxTextLength: textLimit,
    cardOverflow: (card) => drawCard(card).left,
    canEdit: ({ kind }) => kind !== 'file',
    verifyHead,
    verify: createVerify({ secret, readVerified }),
    decode: createDecode({ ...deps, menu }),
    answer: createAnswer({ pace, buttonLines }),
    deliver: createDeliver({ ...deps, api, chats, pace, buttonLines }),
    connect: createConnect({ ...deps, api, secret, ownName, readVerified }),
    durableReplyTo,
    listRooms: createListRooms({ chats }),
    findRooms: createFindRooms({ api, chats }),
    isInstalled: async (id) => (await chats.find(id)) !== undefined,
    register: createRegister({ api, menu }),
  }
}
