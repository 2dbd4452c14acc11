import type {
  Endpoint,
  Notifier,
  Post,
  ReachableRoom,
  Refusal,
  SenderAnswer,
  SenderRequest,
} from '../../../src/notify/endpoint.js'
import { RefusedError } from '../../../src/notify/refusal.js'
import type { Sender } from '../../../src/notify/sender.js'

export const token = 'Abcdefghijklmnopqrstuvwxyz0123456789ABCD'
export const v1Token = 'Abcdefghijklmnopqrstuvwxyz0123'

export const rooms: readonly ReachableRoom[] = [
  { address: 'hipchat:42', id: '42', name: 'Ops Room', platform: 'hipchat' },
  { address: 'slack:C0123', id: 'C0123', name: 'deploys', platform: 'slack' },
]

const rateLimit = { 'X-Ratelimit-Limit': '500', 'X-Ratelimit-Remaining': '499', 'X-Ratelimit-Reset': '1900000000' }

/** The far side of the formats: it knows two tokens and two rooms, and keeps what is posted. */
export function fakeNotifier(changes: Partial<Sender> = {}) {
  const sender: Sender = {
    ...{ id: 'sender1', name: 'ci', kind: 'post', rooms: 'all', mentions: false, rate: undefined },
    ...changes,
  }
  const posts: Post[] = []
  const tokens: (string | undefined)[] = []
  const notifier: Notifier = {
    async authenticate(given) {
      tokens.push(given)
      if (given !== token && given !== v1Token) throw new RefusedError('The token is not valid.', 'invalid-token')
      return { sender, headers: rateLimit }
    },
    async post(_, post) {
      if (post.room !== undefined) await notifier.findRoom(sender, post.room)
      posts.push(post)
      return { id: `n${posts.length}` }
    },
    listRooms: async () => rooms,
    async findRoom(_, room) {
      const isCalled = (name: string) => name.toLowerCase() === room.toLowerCase()
      const found = rooms.find(({ address, id, name }) => [address, id, name].some(isCalled))
      if (!found) throw new RefusedError(`There is no room ${room}.`, 'unknown-room')
      return found
    },
    findReceipt: async (_, id) =>
      posts[Number(id.slice(1)) - 1] && { id, rooms: [{ room: 'hipchat:42', state: 'delivered' }] },
  }
  return { notifier, posts, tokens }
}

/** What is sent, by the parts that matter. */
export interface Sent {
  readonly method?: string
  /** With its query. */
  readonly url: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly bearer?: boolean
  readonly body?: string | Buffer | object
}

/** Sends requests to a format's endpoints, as they come off the socket. */
export function sendTo(endpoints: readonly Endpoint[], notifier: Notifier) {
  return async (sent: Sent): Promise<SenderAnswer> => {
    const request = toRequest(sent)
    for (const endpoint of endpoints) {
      const params = endpoint.methods.includes(request.method) ? match(endpoint.path, request.path) : undefined
      if (!params) continue
      try {
        return await endpoint.enter(request, params, notifier)
      } catch (error) {
        if (error instanceof RefusedError) return endpoint.refuse(error as Refusal)
        throw error
      }
    }
    throw new Error(`nothing listens at ${request.method} ${request.path}`)
  }
}

function toRequest({ method = 'POST', url, type, headers = {}, bearer, body = '' }: Sent): SenderRequest {
  const [path = '', query = ''] = url.split('?')
  const isText = typeof body === 'string' || Buffer.isBuffer(body)
  const sentType = type ?? (isText ? undefined : 'application/json')
  return {
    method,
    path: path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, ''),
    query: new URLSearchParams(query),
    headers: {
      ...(sentType ? { 'content-type': sentType } : {}),
      ...(bearer ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  }
}

function match(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const source = pattern.replace(/:(\w+)/g, '(?<$1>[^/]+)').replace(/\*(\w+)/g, '(?<$1>.+)')
  const found = new RegExp(`^${source}$`).exec(path)
  if (!found) return undefined
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  )
}
