import { onTestFinished } from 'vitest'
import type { Hook } from '../../../src/model/hook.js'
import { type LogFields, type Logger, silentLogger } from '../../../src/model/logger.js'
import type { Notifier, Post, SenderAnswer } from '../../../src/notify/endpoint.js'
import { createHookEndpoint } from '../../../src/notify/hooks/hook-endpoint.js'
import { validateHook } from '../../../src/notify/hooks/validate-hook.js'
import { RefusedError } from '../../../src/notify/refusal.js'
import type { Sender } from '../../../src/notify/sender.js'
import { createMemoryStore } from '../../../src/stores/memory.js'

export const token = 'Abcdefghijklmnopqrstuvwxyz0123456789ABCD'

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>
  readonly now?: () => number
  readonly runMs?: number
  readonly verifyMs?: number
}

/** A hook at its address, before a notifier that remembers what was posted under which key. */
export function servedHook(
  definition: Hook | Readonly<Record<string, unknown>>,
  { env = {}, now = Date.now, ...limits }: Circumstances = {},
) {
  const store = createMemoryStore({ now })
  onTestFinished(() => store.close())
  const { notifier, posts, senders } = rememberingNotifier()
  const errors: LogFields[] = []
  const warnings: LogFields[] = []
  const log: Logger = { ...silentLogger, error: (facts) => errors.push(facts) }
  const hook = validateHook(definition, env)
  const loaded = { name: 'ci', hook, file: 'hooks/ci.ts', locate: (stack: string) => stack }
  const endpoint = createHookEndpoint({
    directory: { find: (name) => (name === 'ci' ? loaded : undefined) },
    env,
    store,
    log,
    warn: (facts) => warnings.push(facts),
    ...limits,
  })

  /** Posts to `/hooks/ci` as JSON, or as the bytes that are given. */
  async function post(
    body: string | Buffer | object,
    headers: Readonly<Record<string, string>> = {},
    { name = 'ci', query = '' } = {},
  ): Promise<SenderAnswer> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const request = {
      method: 'POST',
      path: `/hooks/${name}`,
      query: new URLSearchParams(query),
      headers: { 'content-type': 'application/json', ...headers },
      body: bytes,
    }
    try {
      return await endpoint.enter(request, { name }, notifier)
    } catch (error) {
      if (error instanceof RefusedError) return endpoint.refuse(error)
      throw error
    }
  }
  return { post, posts, senders, errors, warnings }
}

/** The far side of the endpoint, with what it promises of `idempotencyKey`. */
function rememberingNotifier() {
  const posts: Post[] = []
  const senders: Sender[] = []
  const known = new Map<string, { readonly id: string; readonly fingerprint: string }>()
  const owner: Sender = { id: 't1', name: 'ci', kind: 'post', rooms: ['ops'], mentions: false, rate: undefined }
  const notifier: Notifier = {
    async authenticate(given) {
      if (given !== token) throw new RefusedError('The token is not valid.', 'invalid-token')
      return { sender: owner, headers: { 'X-Ratelimit-Remaining': '499' } }
    },
    async post(sender, post) {
      const key = JSON.stringify([sender.id, post.idempotencyKey])
      const before = known.get(key)
      if (before && before.fingerprint !== post.fingerprint) throw new RefusedError('Another body.', 'conflict')
      if (before) return { id: before.id }
      const id = `n${posts.push(post)}`
      senders.push(sender)
      known.set(key, { id, fingerprint: post.fingerprint })
      return { id }
    },
    listRooms: async () => [],
    findRoom: async (_, room) => ({ address: room, id: room, name: room, platform: 'test' }),
    findReceipt: async () => undefined,
  }
  return { notifier, posts, senders }
}
