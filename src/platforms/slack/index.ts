import type { PlatformFactory, Verified } from '../platform.js'
import { createBotTokens } from './app/bot-tokens.js'
import { createInstall } from './app/install.js'
import { createUninstall } from './app/uninstall.js'
import { createOwnWorkspace, createWorkspaces } from './app/workspaces.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createMessageIds } from './delivery/message-ids.js'
import { createResponseUrl } from './delivery/response-url.js'
import { createUpload } from './delivery/upload.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { createRegister } from './register.js'
import { readSettings } from './settings.js'
import { createVerify, verifyHead } from './verify.js'
import { name, type Payload, textLimit } from './wire.js'
import { createWorkspaceApi } from './workspace-api.js'

/** Slack, where SLACK_SIGNING_SECRET is set: for one workspace with a bot token, or for all that install the app. */
export const slack: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const { signingSecret, botToken, client } = settings
  const deps = { ...given, log: parentLog.child({ platform: name }), settings, ...(client ? { client } : {}) }
  const own = botToken ? createOwnWorkspace({ ...deps, botToken }) : undefined
  void own?.learn()
  const workspaces = own ?? createWorkspaces(deps.installations)
  const api = createWorkspaceApi(deps, createBotTokens(deps))
  const responseUrl = createResponseUrl(deps)
  const messageIds = createMessageIds(deps.store)
  const install = client ? createInstall({ ...deps, client }) : undefined

  return {
    name,
    webhooks: ['/commands', '/interactivity', '/events'],
    getWebhooks: ['/commands', '/events'], // only to look at our certificate
    maxTextLength: textLimit,
    canEdit: ({ audience }) => audience === 'room',
    verifyHead,
    verify: createVerify({ ...deps, signingSecret, workspaces, uninstall: createUninstall(deps) }),
    decode(verified: Verified<Payload>) {
      const decoded = decode(verified)
      if (decoded.invocation) responseUrl.came(decoded.invocation)
      return decoded
    },
    deliver: createDeliver({ workspaces, api, responseUrl, messageIds, upload: createUpload(deps, api) }),
    durableReplyTo,
    listRooms: createListRooms({ workspaces }),
    isInstalled: async (id) => (await workspaces.get(id)) !== undefined,
    register: createRegister(deps),
    ...(install ? { routes: install } : {}),
  }
}
