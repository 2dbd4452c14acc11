import type Router from '@koa/router'
import { createCache } from '../../shared/cache.js'
import type { PlatformFactory } from '../platform.js'
import { answer } from './answer.js'
import { createApi } from './api.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createDescriptor } from './descriptor.js'
import { createFindRooms } from './find-rooms.js'
import { readAllowedHosts } from './installation/allowed-hosts.js'
import { createInstall } from './installation/install.js'
import { createListRooms, durableReplyTo } from './proactive-rooms.js'
import { cardOverflow } from './render.js'
import { createRoomNames } from './room-names.js'
import { createWebhooks } from './room-webhooks.js'
import { createVerify, verifyHead } from './verify.js'
import { name, textLimit } from './wire.js'

/** HipChat and compatible servers on HIPCHAT_HOSTS. */
export const hipchat: PlatformFactory = (env, { log: parentLog, ...given }) => {
  const log = parentLog.child({ platform: name })
  const hosts = readAllowedHosts(env['HIPCHAT_HOSTS'])
  const deps = { ...given, log, hosts, heardRooms: createCache<string>({ max: 50_000 }) }
  const { pattern, route } = createDescriptor(deps)
  const api = createApi({ ...deps, onGone: (id) => dropRooms(id) })
  const names = createRoomNames(deps.store)
  const webhooks = createWebhooks({ ...deps, api, pattern, names })
  const dropRooms = async (id: string) => void (await Promise.all([webhooks.drop(id), names.drop(id)]))
  const drop = async (id: string) => void (await Promise.all([api.drop(id), dropRooms(id)]))
  const install = createInstall({ ...deps, pattern, drop })
  const sync = () =>
    webhooks.sync().catch((error) => log.warn({ reason: String(error) }, 'room webhooks could not be updated'))
  const changed = soon(() => void sync())
  deps.catalog.onChange(changed)

  return {
    name,
    webhooks: ['/webhook'],
    showsSender: true,
    maxTextLength: textLimit,
    cardOverflow,
    canEdit: ({ kind }) => kind === 'card',
    verifyHead,
    verify: createVerify({ ...deps, heard: webhooks.heard }),
    decode,
    answer,
    deliver: createDeliver({ ...deps, api }),
    durableReplyTo,
    listRooms: createListRooms(deps),
    findRooms: createFindRooms({ ...deps, api, names }),
    isInstalled: async (id) => (await deps.installations.find(name, id)) !== undefined,
    routes(router: Router) {
      route(router)
      install(router)
      if (deps.catalog.list().length > 0) changed() // they may have changed while the bot was down
    },
    register: ({ apply }) => (apply ? webhooks.sync() : webhooks.plan()),
  }
}

/** Once for a burst of changes, such as when an editor saves many files. */
function soon(act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(act, 200).unref()
  }
}
