import { ResponseError } from '../../delivery/retry-rule.js'
import { DeliveryError } from '../../model/errors.js'
import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { HttpResponse } from '../../net/http-client.js'
import { parseObject } from '../../shared/json.js'
import type { PlatformDeps } from '../platform.js'
import type { Api } from './api.js'
import { readReplyTo } from './conversations.js'
import { findMessage, keepMessage, type MessageRef } from './delivery-state.js'
import { render } from './render.js'
import { type Message, type ReplyTo, readId } from './wire.js'

/** What delivering replies needs. */
export interface DeliverDeps extends Pick<PlatformDeps, 'store' | 'log'> {
  readonly api: Api
}

/** One reply to deliver. */
interface TeamsDelivery extends DeliverDeps {
  readonly reply: Reply
  readonly invocation: Invocation
  readonly to: ReplyTo
}

/** Creates the delivery: to the call's conversation; private replies as messages that only the caller sees. */
export function createDeliver(deps: DeliverDeps) {
  const { store, log } = deps
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const to = readReplyTo(invocation.replyTo)
    if (!to) throw new DeliveryError('there is no conversation to answer in', { retry: false })
    if (to.webhook) {
      // The room was told so. The command still runs, because its answer is not its only effect.
      log.warn({ invocation: invocation.id }, 'result not shown: an Outgoing Webhook accepts no late replies')
      return
    }
    const delivery = { ...deps, reply, invocation, to }
    const { updateKey } = reply
    const earlier = updateKey === undefined ? undefined : await findMessage(store, invocation, updateKey)
    if (earlier && (await replace(delivery, earlier))) return
    const shown = isForOne(delivery) ? await whisper(delivery) : await post(delivery, to.conversationId)
    if (updateKey !== undefined && shown.id) await keepMessage(store, invocation, updateKey, shown)
  }
}

/** In a direct chat, everything is private. */
function isForOne({ reply, to }: TeamsDelivery): boolean {
  return reply.audience === 'caller' && !to.isPersonal
}

/** Whether the earlier message could be changed. A whisper must not replace a public message. */
async function replace(delivery: TeamsDelivery, { id, conversationId, targeted }: MessageRef): Promise<boolean> {
  const { api, to, reply, invocation } = delivery
  if (isForOne(delivery) !== (targeted || conversationId !== to.conversationId)) return false
  const path = `${activitiesOf(conversationId)}/${encodeURIComponent(id)}${targeted ? onlyOne : ''}`
  const body = { ...render(reply, invocation, to.userId), id, ...(targeted ? recipientOf(to) : {}) }
  return await api({ method: 'PUT', path, body, to }).then(
    () => true,
    (error: unknown) => {
      if (isRefused(error)) return false // then it is sent anew
      throw error
    },
  )
}

/**
 * Sends a message that only one person in the conversation sees; if that is not possible, in their direct chat; else in public
 * with their name. https://learn.microsoft.com/microsoftteams/platform/agents-in-teams/targeted-messages
 */
async function whisper(delivery: TeamsDelivery): Promise<MessageRef> {
  const { to, reply, invocation } = delivery
  if (!hasCaller(invocation) || !to.userId)
    throw new DeliveryError('there is no caller to send a private reply to', { retry: false })
  const message = render(reply, invocation, to.userId)
  const ways = [
    () => send(delivery, to.conversationId, { ...message, ...recipientOf(to) }, true),
    async () => await send(delivery, await openPrivate(delivery), message),
  ]
  for (const way of ways) {
    try {
      return await way()
    } catch (error) {
      if (!isRefused(error)) throw error
    }
  }
  return await send(delivery, to.conversationId, render(reply, invocation, to.userId, { aloud: true }))
}

async function post(delivery: TeamsDelivery, conversationId: string): Promise<MessageRef> {
  const { reply, invocation, to } = delivery
  return await send(delivery, conversationId, render(reply, invocation, to.userId))
}

async function send(
  { api, to }: TeamsDelivery,
  conversationId: string,
  body: Message,
  targeted = false,
): Promise<MessageRef> {
  const path = activitiesOf(conversationId) + (targeted ? onlyOne : '')
  return { id: idOf(await api({ method: 'POST', path, body, to })), conversationId, targeted }
}

/** https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages */
async function openPrivate({ api, to }: TeamsDelivery): Promise<string> {
  const { botId, tenantId, userId } = to
  const body = {
    isGroup: false,
    bot: { id: botId },
    members: [{ id: userId }],
    tenantId,
    channelData: { tenant: { id: tenantId } },
  }
  const id = idOf(await api({ method: 'POST', path: '/v3/conversations', body, to }))
  if (id) return id
  throw new DeliveryError('Teams opened no conversation with the caller', { retry: false })
}

/** The query of a targeted message. */
const onlyOne = '?isTargetedActivity=true'

function recipientOf({ userId = '' }: ReplyTo): Pick<Message, 'recipient'> {
  return { recipient: { id: userId } }
}

function activitiesOf(conversationId: string): string {
  return `/v3/conversations/${encodeURIComponent(conversationId)}/activities`
}

/** Some messages are accepted without an id: they cannot be changed later. */
function idOf({ body }: HttpResponse): string {
  return readId(parseObject(body)?.['id']) ?? ''
}

function isRefused(error: unknown): boolean {
  return error instanceof ResponseError && !error.retryAdvice.retry
}
