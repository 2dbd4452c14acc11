import { randomBytes } from 'node:crypto'
import type { Invocation } from '../../model/invocation.js'
import type { FileReply, Reply } from '../../model/reply.js'
import { digest } from '../../net/signature.js'
import type { Store } from '../../stores/store.js'
import { type Api, type ApiAnswer, isDone, refusal } from './api.js'
import { type Buttons, buttonLifeMs } from './buttons.js'
import { type Content, type Press, render, renderNote } from './render.js'
import { actionDoor, isRecord, name, type ReplyTo, readId } from './wire.js'

/** One way for a reply to go. Undefined where this way does not exist for the reply, or no longer. */
export type Way = (reply: Reply, invocation: Invocation, replyTo: ReplyTo) => Promise<ApiAnswer | undefined>

/** The bot account's ways to a room and to somebody alone. */
export interface Posts {
  readonly toRoom: Way
  /** A post in the room that the asker alone sees. */
  readonly toAsker: Way
  /** A direct message. */
  readonly direct: Way
}

/** What the bot account posts with. */
export interface PostsParts {
  readonly api: Api
  readonly buttons: Buttons
  readonly baseUrl: string
  readonly store: Pick<Store, 'get' | 'set'>
}

/** Makes the ways of the bot account. */
export function createPosts({ api, buttons, baseUrl, store }: PostsParts): Posts {
  const numbers = new WeakMap<Reply, string>()
  const uploads = new WeakMap<Reply, string>()
  let botId: Promise<string | undefined> | undefined
  let noEphemeralUntil = 0

  async function toRoom(reply: Reply, invocation: Invocation, replyTo: ReplyTo): Promise<ApiAnswer | undefined> {
    const fileId = reply.kind === 'file' ? await upload(reply, replyTo.channelId) : undefined
    const content = reply.kind === 'file' && fileId ? renderNote(reply) : render(reply, pressIn(replyTo))
    const key = reply.replaces && `${name}/post/${invocation.id}/${digest(reply.replaces)}`
    const edited = key && !fileId ? await edit(await store.get(key), content) : undefined
    if (edited) return edited
    const answer = await post(reply, invocation, { ...content, ...replyTo, ...(fileId ? { fileId } : {}) })
    const id = isRecord(answer.body) ? readId(answer.body['id']) : undefined
    if (key && id && isDone(answer)) await store.set(key, id, { ttlMs: 60 * 60_000 })
    return answer
  }

  /** Undefined where there is nothing to edit, or no longer: then it is said anew. */
  async function edit(postId: unknown, { message, attachments }: Content): Promise<ApiAnswer | undefined> {
    const id = readId(postId)
    if (!id) return undefined
    const body = { message, props: { attachments } }
    const answer = await api({ method: 'PUT', path: `/api/v4/posts/${id}/patch`, body })
    return isDone(answer) || refusal(answer).redelivery.retry ? answer : undefined
  }

  /** Where a bot may not post for one person alone (it takes a permission that only admins have) nobody asks again for a while. */
  async function toAsker(reply: Reply, invocation: Invocation, replyTo: ReplyTo): Promise<ApiAnswer | undefined> {
    if (performance.now() < noEphemeralUntil) return undefined
    const { message, attachments } = render(reply, pressIn(replyTo))
    const post = toPost({ message, attachments, ...replyTo })
    const answer = await api({ path: '/api/v4/posts/ephemeral', body: { user_id: invocation.user.id, post } })
    if (answer.status === 403) noEphemeralUntil = performance.now() + 10 * 60_000
    return answer
  }

  async function direct(reply: Reply, invocation: Invocation, { teamId }: ReplyTo): Promise<ApiAnswer | undefined> {
    botId ??= whoAmI()
    const bot = await botId
    if (!bot) botId = undefined
    const answer = await api({ path: '/api/v4/channels/direct', body: [bot, invocation.user.id] })
    const channelId = isRecord(answer.body) ? readId(answer.body['id']) : undefined
    if (!isDone(answer) || !channelId) return answer
    return await toRoom(reply, invocation, { teamId, channelId })
  }

  async function whoAmI(): Promise<string | undefined> {
    const { body } = await api({ method: 'GET', path: '/api/v4/users/me' }).catch((error: unknown) => {
      botId = undefined
      throw error
    })
    return isRecord(body) ? readId(body['id']) : undefined
  }

  async function post(reply: Reply, invocation: Invocation, what: Where & Content): Promise<ApiAnswer> {
    return await api({
      path: '/api/v4/posts',
      body: { ...toPost(what), pending_post_id: pendingId(reply, invocation) },
    })
  }

  /**
   * The server makes one post of all that carry the same id within half a minute, so that an attempt whose answer was lost
   * can be made again. The outbox tries again with the same reply, and the same reply twice is two.
   */
  function pendingId(reply: Reply, { id }: Invocation): string {
    const number = numbers.get(reply) ?? randomBytes(8).toString('hex')
    numbers.set(reply, number)
    return `${id}:${number}`
  }

  /** The file's id; undefined where the server takes none from us, and the text has to do. */
  async function upload(reply: FileReply, channelId: string): Promise<string | undefined> {
    const known = uploads.get(reply)
    if (known) return known
    const query = new URLSearchParams({ channel_id: channelId, filename: reply.name || 'file' })
    const answer = await api({ path: `/api/v4/files?${query}`, body: Buffer.from(reply.content, 'base64') })
    if (!isDone(answer)) {
      if (refusal(answer).redelivery.retry && answer.status !== 501) throw refusal(answer)
      return undefined
    }
    const infos = isRecord(answer.body) ? answer.body['file_infos'] : undefined
    const id = Array.isArray(infos) && isRecord(infos[0]) ? readId(infos[0]['id']) : undefined
    if (id) uploads.set(reply, id)
    return id
  }

  function pressIn({ teamId, channelId, rootId }: ReplyTo): Press {
    const until = Date.now() + buttonLifeMs
    const place = { teamId, channelId, ...(rootId ? { rootId } : {}), until }
    return (line) => ({ url: `${baseUrl}/${name}${actionDoor}`, context: buttons.seal({ line, ...place }) })
  }

  return { toRoom, toAsker, direct }
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
