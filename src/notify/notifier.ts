import { randomUUID } from 'node:crypto'
import type { Journal } from '../journal/journal.js'
import type { Notification } from '../model/notification.js'
import { formatDuration } from '../parsing/duration.js'
import { shortHash } from '../shared/crypto.js'
import { asRecord } from '../shared/json.js'
import type { Store } from '../stores/store.js'
import type { Notifier, Post } from './endpoint.js'
import { findDestination, mayReach } from './find-destination.js'
import type { NotificationQueue } from './notification-queue.js'
import { type RateLimiter, rateLimitHeaders } from './rate-limit.js'
import type { Receipts } from './receipts.js'
import { RefusedError } from './refusal.js'
import type { FoundRoom, RoomDirectory } from './room-directory.js'
import type { Sender } from './sender.js'
import { toInvocation, toSpread } from './to-invocation.js'
import type { Tokens } from './tokens.js'

/** What the notifier needs. */
export interface NotifierDeps {
  readonly tokens: Pick<Tokens, 'find' | 'noteUse'>
  readonly rates: RateLimiter
  readonly directory: RoomDirectory
  readonly receipts: Receipts
  readonly journal: Pick<Journal, 'accept'>
  readonly queue: Pick<NotificationQueue, 'reserve' | 'release' | 'push'>
  readonly store: Pick<Store, 'add' | 'get'>
}

/** Creates the notifier, which authenticates, routes, stores and queues posts. */
export function createNotifier(deps: NotifierDeps): Notifier {
  const { tokens, rates, directory, receipts } = deps

  return {
    async authenticate(token) {
      const sender = token === undefined ? undefined : await tokens.find(token)
      if (sender?.kind !== 'post') throw new RefusedError('The token is unknown or no longer valid.', 'invalid-token')
      const headers = countPost(sender, rates)
      tokens.noteUse(sender)
      return { sender, headers }
    },
    async post(sender, post) {
      const destination = await findDestination(sender, post, directory)
      const id = await takeId(sender, post, deps.store)
      const notification: Notification = {
        id,
        sender: { id: sender.id, name: sender.name },
        reply: post.reply,
        key: post.key,
        ...(sender.mentions ? { mentions: true } : {}),
      }
      if ('room' in destination) await accept(toInvocation(id, notification, destination.room, Date.now()), deps)
      else await accept(await spreadOver(destination.rooms, notification, post), deps)
      return { id }
    },
    async findRoom(sender, written) {
      const found = await directory.find(written)
      if (!(await mayReach(sender, found, directory)))
        throw new RefusedError(`The token does not allow room ${JSON.stringify(written)}.`, 'room-not-allowed')
      return 'rooms' in found
        ? { address: found.alias, id: found.alias, name: found.alias, platform: 'alias' }
        : shown(found)
    },
    async listRooms({ rooms }) {
      const written = rooms === 'all' ? (await directory.listOwn()).map(({ address }) => address) : rooms
      const found = await Promise.all(written.map((room) => directory.find(room).catch(() => undefined)))
      return found.flatMap((one) => (one && !('rooms' in one) ? [shown(one)] : []))
    },
    findReceipt: (sender, id) => receipts.find(sender, id),
  }

  async function spreadOver(rooms: readonly string[], notification: Notification, post: Post) {
    await receipts.note(notification.id, rooms)
    const written = post.rooms?.join(', ') ?? post.room ?? 'all rooms of the token'
    return toSpread(notification.id, { ...notification, rooms }, written, Date.now())
  }
}

/** Counts a post against the sender's rate and returns the rate headers. Throws RefusedError over the limit. */
function countPost(sender: Sender, rates: RateLimiter): Readonly<Record<string, string>> {
  const count = rates.take(sender)
  if (!count) return {}
  const headers = rateLimitHeaders(count)
  if (!count.over) return headers
  const seconds = Math.max(1, Math.ceil((count.resetAt - Date.now()) / 1_000))
  const message = `The token may post ${count.limit} times in ${formatDuration(sender.rate?.windowMs ?? 0)}; again in ${seconds} s.`
  throw new RefusedError(message, 'rate-limited', { ...headers, 'retry-after': String(seconds) })
}

async function accept(invocation: ReturnType<typeof toInvocation>, { journal, queue }: NotifierDeps): Promise<void> {
  const reservation = queue.reserve((invocation.notification as Notification).sender.id)
  const entry = await journal.accept(invocation).catch((error: unknown) => {
    queue.release(reservation)
    throw error
  })
  if (entry)
    await queue.push(entry, reservation) // delivery starts here
  else queue.release(reservation)
}

/** For a day, the same idempotency key gives the same id, so that the journal accepts it once; another body is refused. */
async function takeId(sender: Sender, post: Post, store: Pick<Store, 'add' | 'get'>): Promise<string> {
  const { idempotencyKey, fingerprint } = post
  const id = shortHash(randomUUID()) // Node.js keeps random bytes for these in advance
  if (idempotencyKey === undefined) return id
  const key = `notify/idempotency/${shortHash(sender.id, idempotencyKey)}`
  if (await store.add(key, { id, fingerprint }, { ttlMs: day })) return id
  const before = asRecord(await store.get(key))
  if (before['fingerprint'] !== fingerprint)
    throw new RefusedError('This Idempotency-Key was already used for another post.', 'conflict')
  return String(before['id'])
}

const day = 86_400_000

function shown({ address, id, name, platform }: FoundRoom) {
  return { address, id, name, platform }
}
