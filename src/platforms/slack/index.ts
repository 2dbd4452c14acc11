import type { PlatformFactory, Verified } from '../platform.js'
import { answer } from './answer.js'
import { createBotTokens } from './app/bot-tokens.js'
import { createInstall } from './app/install.js'
import { createUninstall } from './app/uninstall.js'
import { createOwnWorkspace, createWorkspaces } from './app/workspaces.js'
import { drawCard } from './card.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createMessageIds } from './delivery/message-ids.js'
import { createResponseUrl } from './delivery/response-url.js'
import { createUpload } from './delivery/upload.js'
import { createFindRooms } from './find-rooms.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { createRegister } from './register.js'
import { readSettings } from './settings.js'
import { createConnect } from './socket-mode/connect.js'
import { createAdmit, createVerify, verifyHead } from './verify.js'
import { name, type Payload, textLimit } from './wire.js'
import { createWorkspaceApi } from './workspace-api.js'

/** Slack, if SLACK_SIGNING_SECRET or SLACK_APP_TOKEN is set: for one workspace with a bot token, or for all that install the app. */
export const slack: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const settings = readSettings(env)
  if (!settings) return undefined
  const { signingSecret, appToken, botToken, client } = settings
  const deps = { ...given, log: parentLog.child({ platform: name }), settings, ...(client ? { client } : {}) }
  const own = botToken ? createOwnWorkspace({ ...deps, botToken }) : undefined
  void own?.learn()
  const workspaces = own ?? createWorkspaces(deps.installations)
  const admit = createAdmit({ workspaces, uninstall: createUninstall(deps) })
  const api = createWorkspaceApi(deps, createBotTokens(deps))
  const responseUrl = createResponseUrl(deps)
  const messageIds = createMessageIds(deps.store)
  const install = client ? createInstall({ ...deps, client }) : undefined

  return {
    name,
    webhooks: signingSecret ? ['/commands', '/interactivity', '/events'] : [],
    getWebhooks: signingSecret ? ['/commands', '/events'] : [], // only for certificate checks
    maxTextLength: textLimit,
    cardOverflow: (card) => drawCard(card).left,
    canEdit: ({ audience }) => audience === 'room',
    verifyHead,
    verify: createVerify({ signingSecret, admit }),
    decode(verified: Verified<Payload>) {
      const decoded = decode(verified)
      if (decoded.invocation) responseUrl.came(decoded.invocation)
      return decoded
    },
    answer,
    deliver: createDeliver({ workspaces, api, responseUrl, messageIds, upload: createUpload(deps, api) }),
    durableReplyTo,
    listRooms: createListRooms({ workspaces }),
    findRooms: createFindRooms({ workspaces, api }),
    isInstalled: async (id) => (await workspaces.get(id)) !== undefined,
    ...(appToken ? { connect: createConnect({ ...deps, appToken, admit }) } : {}),
    register: createRegister(deps),
    ...(install ? { routes: install } : {}),
  }
}
