import { randomBytes } from 'node:crypto'
import { DeliveryError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { FileReply, Reply } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import { isRecord } from '../../shared/json.js'
import type { PlatformDeps } from '../platform.js'
import { updateWindowMs } from '../update-window.js'
import { type Api, type ApiAnswer, isDone, toMattermostError } from './api.js'
import type { Buttons } from './buttons.js'
import { type Content, render, renderNote } from './render.js'
import { name, type ReplyTo, readId } from './wire.js'

/** A route for a reply. Undefined if the route is not available for it. */
export type PostRoute = (reply: Reply, invocation: Invocation, replyTo: ReplyTo) => Promise<ApiAnswer | undefined>

/** The bot account's routes to a room and to one person. */
export interface BotPosts {
  readonly toRoom: PostRoute
  /** A post in the room that only the caller sees. */
  readonly toCaller: PostRoute
  /** A direct message. */
  readonly direct: PostRoute
}

/** What posting as the bot account needs. */
export interface BotPostsDeps extends Pick<PlatformDeps, 'store'> {
  readonly api: Api
  readonly buttons: Buttons
}

/** Creates the functions that post as the bot account. */
export function createBotPosts({ api, buttons, store }: BotPostsDeps): BotPosts {
  const numbers = new WeakMap<Reply, string>()
  const uploads = new WeakMap<Reply, string>()
  let botId: string | undefined
  let noEphemeralUntil = 0

  async function toRoom(reply: Reply, invocation: Invocation, replyTo: ReplyTo): Promise<ApiAnswer | undefined> {
    const fileId = reply.kind === 'file' ? await upload(reply, replyTo.channelId) : undefined
    const press = buttons.pressIn(replyTo, Date.now())
    const { notification } = invocation
    const content =
      reply.kind === 'file' && fileId ? renderNote(reply, notification) : render(reply, press, notification)
    // Includes the channel, so that a private reply never replaces one in the room.
    const key = reply.updateKey && `${name}/post/${invocation.id}/${shortHash(replyTo.channelId, reply.updateKey)}`
    const edited = key && !fileId ? await edit(await store.get(key), content) : undefined
    if (edited) return edited
    const answer = await post(reply, invocation, { ...content, ...replyTo, ...(fileId ? { fileId } : {}) })
    if (key && isDone(answer))
      await store.set(key, idIn(answer) ?? '', { ttlMs: updateWindowMs(invocation, 3_600_000) })
    return answer
  }

  /** Undefined if there is nothing left to edit: then it is posted anew. */
  async function edit(postId: unknown, { message, attachments }: Content): Promise<ApiAnswer | undefined> {
    const id = readId(postId)
    if (!id) return undefined
    const body = { message, props: { attachments } }
    const answer = await api({ method: 'PUT', path: `/api/v4/posts/${id}/patch`, body })
    return isDone(answer) || toMattermostError(answer).retryAdvice.retry ? answer : undefined
  }

  /** Ephemeral posts need a permission that only admins have, so after a refusal there is a pause. */
  async function toCaller(reply: Reply, invocation: Invocation, replyTo: ReplyTo): Promise<ApiAnswer | undefined> {
    if (performance.now() < noEphemeralUntil) return undefined
    const { message, attachments } = render(reply, buttons.pressIn(replyTo, Date.now()))
    const post = toPost({ message, attachments, ...replyTo })
    const answer = await api({ path: '/api/v4/posts/ephemeral', body: { user_id: invocation.user.id, post } })
    if (answer.status === 403) noEphemeralUntil = performance.now() + 10 * 60_000
    return answer
  }

  async function direct(reply: Reply, invocation: Invocation, { teamId }: ReplyTo): Promise<ApiAnswer | undefined> {
    if (!botId) {
      const me = await api({ method: 'GET', path: '/api/v4/users/me' })
      if (!isDone(me)) return me
      botId = idIn(me)
      if (!botId) throw unsaid('the id of the bot')
    }
    const answer = await api({ path: '/api/v4/channels/direct', body: [botId, invocation.user.id] })
    if (!isDone(answer)) return answer
    const channelId = idIn(answer)
    if (!channelId) throw unsaid('the id of the channel')
    return await toRoom(reply, invocation, { teamId, channelId })
  }

  async function post(reply: Reply, invocation: Invocation, what: Where & Content): Promise<ApiAnswer> {
    const body = { ...toPost(what), pending_post_id: pendingId(reply, invocation) }
    return await api({ path: '/api/v4/posts', body })
  }

  /**
   * The server merges posts with the same id within half a minute, so an attempt without a response can be repeated. The outbox
   * retries with the same object, while two equal replies are two objects.
   */
  function pendingId(reply: Reply, { id }: Invocation): string {
    const number = numbers.get(reply) ?? randomBytes(8).toString('hex')
    numbers.set(reply, number)
    return `${id}:${number}`
  }

  /** The file's id; undefined if the server does not let the bot upload, and text has to do. */
  async function upload(reply: FileReply, channelId: string): Promise<string | undefined> {
    const known = uploads.get(reply)
    if (known) return known
    const query = new URLSearchParams({ channel_id: channelId, filename: reply.name || 'file' })
    const answer = await api({ path: `/api/v4/files?${query}`, body: Buffer.from(reply.content, 'base64') })
    if (!isDone(answer)) {
      if (toMattermostError(answer).retryAdvice.retry) throw toMattermostError(answer)
      return undefined
    }
    const infos = isRecord(answer.body) ? answer.body['file_infos'] : undefined
    const id = idIn({ body: Array.isArray(infos) ? infos[0] : undefined })
    if (id) uploads.set(reply, id)
    return id
  }

  return { toRoom, toCaller, direct }
}

function idIn({ body }: Pick<ApiAnswer, 'body'>): string | undefined {
  return isRecord(body) ? readId(body['id']) : undefined
}

function unsaid(what: string): DeliveryError {
  return new DeliveryError(`the server did not return ${what}`, { retry: false })
}

interface Where {
  readonly channelId: string
  readonly rootId?: string
  readonly fileId?: string
}

function toPost({ message, attachments, channelId, rootId, fileId }: Content & Where) {
  return {
    channel_id: channelId,
    message,
    ...(rootId ? { root_id: rootId } : {}),
    ...(fileId ? { file_ids: [fileId] } : {}),
    ...(attachments.length > 0 ? { props: { attachments } } : {}),
  }
}
