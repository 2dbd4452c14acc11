import type { PlatformFactory } from '../platform.js'
import { createAnswer } from './answer.js'
import { createApi } from './api.js'
import { createBotPosts } from './bot-posts.js'
import { createButtons } from './buttons.js'
import { createDecode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createFindRooms } from './find-rooms.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { createRegister } from './register.js'
import { createResponseUrls } from './response-url.js'
import { readSettings } from './settings.js'
import { createVerify } from './verify.js'
import { createVerifyTriggerId } from './verify-trigger-id.js'
import { createConnect } from './websocket/connect.js'
import { actionPath, commandPath, name, textLimit } from './wire.js'

/** Mattermost, if MATTERMOST_URL is set. */
export const mattermost: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const { url, botToken, commandTokens } = settings
  const deps = { ...given, url, log: parentLog.child({ platform: name }) }
  const bot = botToken
    ? { api: createApi({ ...deps, token: botToken }), buttons: createButtons(botToken, given.baseUrl) }
    : undefined
  const botPosts = bot && createBotPosts({ ...deps, ...bot })
  const responseUrls = createResponseUrls(deps)
  const verifyTriggerId = createVerifyTriggerId(deps)

  return {
    name,
    webhooks: [commandPath, actionPath],
    getWebhooks: [commandPath], // commands can be configured to use GET
    provesHandles: true,
    maxTextLength: textLimit,
    canEdit: ({ audience, kind }) => bot !== undefined && audience === 'room' && kind !== 'file',
    verify: createVerify({ ...deps, commandTokens, verifyTriggerId, buttons: bot?.buttons }),
    decode: createDecode({ url }),
    answer: createAnswer(bot?.buttons),
    deliver: createDeliver({ responseUrls, buttons: bot?.buttons, botPosts }),
    durableReplyTo: bot ? durableReplyTo : () => undefined,
    ...(bot ? { listRooms: createListRooms(bot), findRooms: createFindRooms(bot) } : {}),
    ...(bot && botToken ? { connect: createConnect({ ...deps, api: bot.api, botToken }) } : {}),
    ...(bot ? { register: createRegister({ ...deps, api: bot.api }) } : {}),
  }
}
