import type { PlatformFactory } from '../platform.js'
import { createApi } from './api.js'
import { createPosts } from './bot-posts.js'
import { createButtons } from './buttons.js'
import { createDecode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createRooms, later } from './proactive-rooms.js'
import { createRegister } from './register.js'
import { createHandles } from './response-urls.js'
import { readSettings } from './settings.js'
import { createProveTrigger } from './trigger-id.js'
import { createVerify } from './verify.js'
import { actionDoor, commandDoor, name, textLimit } from './wire.js'

/** Mattermost, where MATTERMOST_URL is set. */
export const mattermost: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const { url, botToken, commandTokens } = settings
  const parts = { ...given, url, log: parentLog.child({ platform: name }) }
  const bot = botToken
    ? { api: createApi({ ...parts, token: botToken }), buttons: createButtons(botToken, given.baseUrl) }
    : undefined
  const handles = createHandles(parts)
  const proveTrigger = createProveTrigger(parts)
  const { verify, proven } = createVerify({ ...parts, commandTokens, proveTrigger, buttons: bot?.buttons })

  return {
    name,
    webhooks: [commandDoor, actionDoor],
    getWebhooks: [commandDoor], // commands can be set up so
    maxTextLength: textLimit,
    canEdit: ({ audience, kind }) => bot !== undefined && audience === 'room' && kind !== 'file',
    verify,
    decode: createDecode({ url, proven }),
    deliver: createDeliver({ handles, buttons: bot?.buttons, posts: bot && createPosts({ ...parts, ...bot }) }),
    durableReplyTo: bot ? later : () => undefined,
    ...(bot ? { listRooms: createRooms(bot), register: createRegister({ ...parts, api: bot.api }) } : {}),
  }
}
