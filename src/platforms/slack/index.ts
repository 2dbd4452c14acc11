import type { PlatformFactory } from '../platform.js'
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
import { createVerify } from './verify.js'
import { name, textLimit } from './wire.js'
import { createWorkspaceApi } from './workspace-api.js'

/** Slack, where SLACK_SIGNING_SECRET is set: for one workspace with a bot token, or for all that install the app. */
export const slack: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const { signingSecret, botToken, client } = settings
  const parts = { ...given, log: parentLog.child({ platform: name }), settings, ...(client ? { client } : {}) }
  const own = botToken ? createOwnWorkspace({ ...parts, botToken }) : undefined
  void own?.learn()
  const workspaces = own ?? createWorkspaces(parts.installations)
  const { verify, proof } = createVerify({ ...parts, signingSecret, workspaces })
  const leave = createUninstall(parts)
  const api = createWorkspaceApi(parts, createBotTokens(parts))
  const handle = createResponseUrl(parts)
  const install = client ? createInstall({ ...parts, client }) : undefined

  return {
    name,
    webhooks: ['/commands', '/interactivity', '/events'],
    getWebhooks: ['/commands'], // only to look at our certificate
    maxTextLength: textLimit,
    canEdit: ({ audience }) => audience === 'room',
    async verify(request) {
      const installation = await verify(request)
      if (installation.id !== '') await leave(request, installation)
      return installation
    },
    proof,
    decode(request, installation) {
      const incoming = decode(request, installation)
      if (incoming.invocation) handle.came(incoming.invocation)
      return incoming
    },
    deliver: createDeliver({
      workspaces,
      api,
      handle,
      posted: createMessageIds(parts.store),
      upload: createUpload(parts, api),
    }),
    durableReplyTo: durableReplyTo,
    listRooms: createListRooms({ workspaces }),
    isInstalled: async (id) => (await workspaces.get(id)) !== undefined,
    register: createRegister(parts),
    ...(install ? { routes: install } : {}),
  }
}
