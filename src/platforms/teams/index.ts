import type { PlatformFactory } from '../platform.js'
import { createApi } from './api.js'
import { createRegister } from './app/register.js'
import { drawCard } from './card/adaptive-card.js'
import { createConversations } from './conversations.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createFindRooms } from './find-rooms.js'
import { outgoingWebhook } from './outgoing-webhook.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { createVerifyJwt } from './proof/jwt.js'
import { createFindKey } from './proof/keys.js'
import { readSettings } from './settings.js'
import { createVerify, createVerifyHead } from './verify.js'
import { name, textLimit } from './wire.js'

/** Microsoft Teams, if TEAMS_APP_ID or TEAMS_WEBHOOK_SECRET is set, or TEAMS_ALLOW_UNSIGNED for the vendor's playground. */
export const teams: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env, given.baseUrl)
  if (!settings) return undefined
  const { app, cloud, webhookSecret } = settings
  const deps = { ...given, ...settings, log: parentLog.child({ platform: name }) }
  const api = createApi(deps)
  const conversations = createConversations(deps.store)
  const findRooms = createFindRooms({ api, conversations })
  const verifyJwt = app && createVerifyJwt({ findKey: createFindKey(deps), issuer: cloud.issuer, appId: app.id })

  return {
    name,
    webhooks: ['/messages'],
    sharesRoomNames: true,
    maxTextLength: textLimit,
    cardOverflow: (card) => drawCard(card).left,
    verifyHead: createVerifyHead(settings),
    verify: createVerify({ ...deps, verifyJwt, conversations }),
    decode,
    ...(webhookSecret ? { synchronous: outgoingWebhook } : {}),
    deliver: createDeliver({ ...deps, api }),
    durableReplyTo,
    listRooms: createListRooms({ findRooms }),
    findRooms,
    ...(app ? { register: createRegister({ ...deps, app }) } : {}),
  }
}
