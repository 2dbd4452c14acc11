import { LRUCache } from 'lru-cache'
import type { PlatformFactory } from '../platform.js'
import { createApi } from './api.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createDescriptor } from './descriptor.js'
import { readAllowedHosts } from './installation/allowed-hosts.js'
import { createInstall } from './installation/install.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { createWebhooks } from './room-webhooks.js'
import { createVerify, verifyHead } from './verify.js'
import { name, textLimit } from './wire.js'

/** HipChat, and what speaks its protocol: for servers on HIPCHAT_HOSTS. */
export const hipchat: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const log = parentLog.child({ platform: name })
  const hosts = readAllowedHosts(env['HIPCHAT_HOSTS'])
  const deps = { ...given, log, hosts, heardRooms: new LRUCache<string, true>({ max: 50_000 }) }
  const { pattern, route } = createDescriptor(deps)
  const api = createApi({ ...deps, onGone: (id) => webhooks.drop(id) })
  const webhooks = createWebhooks({ ...deps, api, pattern })
  const drop = async (id: string) => void (await Promise.all([api.drop(id), webhooks.drop(id)]))
  const install = createInstall({ ...deps, pattern, drop })
  const sync = () => webhooks.sync().catch((error) => log.warn({ reason: String(error) }, 'webhooks not changed'))
  const changed = soon(() => void sync())
  deps.catalog.onChange(changed)

  return {
    name,
    webhooks: ['/webhook'],
    maxTextLength: textLimit,
    canEdit: ({ kind }) => kind === 'card',
    verifyHead,
    verify: createVerify({ ...deps, heard: webhooks.heard }),
    decode,
    deliver: createDeliver({ ...deps, api }),
    durableReplyTo,
    listRooms: createListRooms(deps),
    isInstalled: async (id) => (await deps.installations.find(name, id)) !== undefined,
    routes(router) {
      route(router)
      install(router)
      if (deps.catalog.list().length > 0) changed() // they may have changed while the bot was down
    },
    register: ({ apply }) => (apply ? webhooks.sync() : webhooks.plan()),
  }
}

/** Once for changes that come together, as when an editor saves many files. */
function soon(act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(act, 200).unref()
  }
}
