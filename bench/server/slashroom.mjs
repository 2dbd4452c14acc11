// This bot, as `npm start` runs it: default settings, its log switched on, on the store that STORE_URL names.

import { tuneEngine } from '../../dist/cli/v8-flags.js'
import { createBot } from '../../dist/index.js'
import { platforms } from '../../dist/platforms/index.js'
import { digest } from '../../dist/shared/crypto.js'
import { firstRoom, secretOf } from '../world.mjs'
import { commandCount, ready, sinkUrl } from './serve.mjs'

tuneEngine()

let parts
/** Looks at what platforms are given: there is no other way to a memory store. */
const onlooker = (_env, given) => {
  parts = given
  return undefined
}

const bot = createBot({ host: '127.0.0.1', platforms: [onlooker, ...platforms] })
const { port } = await bot.start()
await install({ from: 0, to: Number(process.env.BENCH_INSTALLATIONS ?? 1) })
ready(port, { install, reload, stop: () => bot.stop() })

/** Makes installations as a server's word would have, with their tokens. */
async function install({ from, to }) {
  const response = await fetch(`http://127.0.0.1:${port}/descriptor.json`)
  const pattern = digest((await response.json()).capabilities.webhook[0].pattern)
  for (let at = from; at < to; at += 500) {
    const ids = Array.from({ length: Math.min(500, to - at) }, (_, index) => `installation-${at + index}`)
    await Promise.all(ids.map((id) => installOne(id, pattern)))
  }
}

async function installOne(id, pattern) {
  const details = {
    capabilitiesUrl: `${sinkUrl}/v2/capabilities`,
    apiUrl: `${sinkUrl}/v2/`,
    tokenUrl: `${sinkUrl}/v2/oauth/token`,
    groupId: id,
    scopes: ['send_notification', 'admin_room'],
    pattern,
  }
  const { installations, store, secrets } = parts
  await installations.save({ id, platform: 'hipchat', tenant: { id }, details, secrets: { oauthSecret: secretOf(id) } })
  const key = `token/hipchat/${id}/send_notification`
  const token = { token: 'token', until: Date.now() + 3_000_000 }
  await store.set(key, secrets.seal(JSON.stringify(token), key), { ttlMs: 3_000_000 })
  await store.set(`webhook/hipchat/${id}/${firstRoom}`, '') // it was heard before: that is once in a room's life
}

/** How long one changed file among all takes until it serves. */
async function reload({ file }) {
  const started = performance.now()
  const { commands } = await bot.reload([file])
  if (commands < commandCount) throw new Error(`only ${commands} commands are left`)
  return { ms: performance.now() - started }
}
