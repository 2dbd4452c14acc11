import { ResponseError, reasonOf } from '../../delivery/retry-rule.js'
import { DeliveryError } from '../../model/errors.js'
import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { HttpResponse } from '../../net/http-client.js'
import { shortHash } from '../../shared/crypto.js'
import { parseObject } from '../../shared/json.js'
import type { PlatformDeps } from '../platform.js'
import { type Api, webhookPath } from './api.js'
import { type DeliveryState, type MessageRef, markOf, readDeliveryState, saveDeliveryState } from './delivery-state.js'
import { type Rendered, render } from './render.js'
import { type DecodedReplyTo, decodeReplyTo } from './reply-target.js'
import type { Settings } from './settings.js'
import { ephemeral, readId } from './wire.js'

/** What delivering replies needs. */
export interface DeliverDeps
  extends Pick<Settings, 'applicationId' | 'botToken'>,
    Pick<PlatformDeps, 'store' | 'encryptor' | 'log'> {
  readonly api: Api
  readonly now?: () => number
}

/** One reply to deliver. */
interface DiscordDelivery extends DeliverDeps {
  readonly reply: Reply
  readonly invocation: Invocation
  readonly target: DecodedReplyTo
  readonly state: DeliveryState
  readonly hidden: boolean
  /** Identifies this reply within its call. */
  readonly mark: string
  /** The path for responses; undefined if the interaction has expired and there is another route. */
  readonly webhook: string | undefined
}

/**
 * Creates the delivery: the first reply replaces the deferred response, later ones follow it, and once the interaction
 * has expired they are sent to the channel as the bot's own messages.
 * https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
 */
export function createDeliver(deps: DeliverDeps) {
  const { store, encryptor, applicationId, botToken, now = Date.now } = deps
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const state = await readDeliveryState(store, invocation.id)
    const target = decodeReplyTo(invocation, encryptor)
    const { token, until } = target
    const webhook = token !== undefined && (now() < until || !botToken) ? webhookPath(applicationId, token) : undefined
    const mark = markOf(reply)
    const hidden = reply.audience === 'caller'
    const delivery = { ...deps, reply, invocation, target, state, hidden, mark, webhook }
    const earlier = reply.updateKey === undefined ? undefined : state.messages[nameOf(reply.updateKey)]
    // A whisper must not replace a public message.
    if (earlier && earlier.hidden === hidden && (await replace(delivery, earlier))) return
    await say(delivery)
  }
}

/** Whether the earlier message could be changed. */
async function replace(delivery: DiscordDelivery, { id, channelId }: MessageRef): Promise<boolean> {
  const { api, reply, invocation, webhook, botToken } = delivery
  const { message, file } = render(reply, invocation)
  const edit = async (path: string, isFinal: (error: unknown) => boolean, asBot = false) => {
    try {
      await api({ method: 'PATCH', path, body: { ...message, attachments: [] }, asBot, file })
      return true
    } catch (error) {
      if (!isFinal(error)) throw error
      return false // then it is posted anew
    }
  }
  if (webhook && (await edit(`${webhook}/messages/${id}`, (error) => isGone(error) || isOver(error)))) return true
  if (!botToken || !channelId) return false
  return await edit(`/channels/${channelId}/messages/${id}`, isRefused, true)
}

async function say(delivery: DiscordDelivery): Promise<void> {
  const { webhook, botToken, invocation, log } = delivery
  if (webhook) {
    try {
      return await answer(delivery, webhook)
    } catch (error) {
      if (!isOver(error)) throw error
      log.debug({ invocation: invocation.id }, 'the interaction has expired')
    }
  }
  if (!botToken)
    throw new DeliveryError('the interaction has expired, and DISCORD_BOT_TOKEN is not set', { retry: false })
  await post(delivery)
}

/** Through the interaction: replaces the deferred response, or follows it. */
async function answer(delivery: DiscordDelivery, webhook: string): Promise<void> {
  const { state, mark, reply } = delivery
  if (state.settled || (state.original !== undefined && state.original !== mark)) {
    const message = await follow(delivery, webhook)
    if (!state.settled || reply.updateKey !== undefined) await note(delivery, { settled: true }, message)
    return
  }
  // Recorded first, so that another process does not overwrite it after a crash.
  if (state.original === undefined || state.inAck) await note(delivery, { original: mark, inAck: false })
  await note(delivery, { original: mark, inAck: false, settled: true }, await settle(delivery, webhook))
}

/** The audience of a deferred response cannot change, so a reply for others removes it. */
async function settle(delivery: DiscordDelivery, webhook: string): Promise<MessageRef> {
  const { api, reply, invocation, hidden, target, log } = delivery
  const path = `${webhook}/messages/@original`
  if (hidden === target.hidden) {
    const { message, file } = render(reply, invocation)
    return await api({ method: 'PATCH', path, body: { ...message, attachments: [] }, file }).then(
      (answer) => toMessageRef(answer, delivery),
      (error: unknown) => (isGone(error) ? follow(delivery, webhook) : Promise.reject(error)),
    )
  }
  // The first follow-up would replace the deferred response and keep its audience.
  const content = hidden ? 'Answered to the caller alone.' : 'Answered for all.'
  await api({ method: 'PATCH', path, body: { content } }).catch((error: unknown) => {
    if (!isGone(error)) throw error
  })
  const message = await follow(delivery, webhook)
  await api({ method: 'DELETE', path }).catch((error: unknown) => {
    log.debug({ invocation: invocation.id, error: String(error) }, 'placeholder not removed')
  })
  return message
}

async function follow(delivery: DiscordDelivery, webhook: string): Promise<MessageRef> {
  const { api, reply, invocation, hidden } = delivery
  const { message, file } = render(reply, invocation)
  const body = hidden ? { ...message, flags: ephemeral } : message
  return toMessageRef(await api({ method: 'POST', path: webhook, body, file }), delivery)
}

/** As the bot's own message. A whisper goes to the caller's direct chat, or addresses the caller in public. */
async function post(delivery: DiscordDelivery): Promise<void> {
  const { api, reply, invocation, target, hidden, state, mark } = delivery
  if (hidden && !hasCaller(invocation))
    throw new DeliveryError('there is no caller to send a private reply to', { retry: false })
  const nonce = shortHash(invocation.id, mark, String(state.posted))
  const send = async (channelId: string, { message, file }: Rendered) => {
    const body = { ...message, nonce, enforce_nonce: true } // so that a retry is the same message
    return await api({ method: 'POST', path: `/channels/${channelId}/messages`, body, asBot: true, file })
  }
  const rendered = render(reply, invocation)
  const inGuild = readId(invocation.tenant.id) !== undefined
  const privately = async () => await send(await openTalk(api, invocation.user.id), rendered)
  const { body } =
    hidden && inGuild
      ? await privately().catch((error: unknown) => {
          if (reasonOf(error) !== cannotReach) throw error
          return send(target.channelId, render(reply, invocation, true))
        })
      : await send(target.channelId, rendered)
  const { id, channel_id } = parseObject(body) ?? {}
  const channelId = readId(channel_id) ?? target.channelId
  const message = { id: readId(id) ?? '', channelId, hidden: hidden && channelId !== target.channelId }
  await note(delivery, { posted: state.posted + 1 }, message)
}

async function openTalk(api: Api, userId: string): Promise<string> {
  const answer = await api({ method: 'POST', path: '/users/@me/channels', body: { recipient_id: userId }, asBot: true })
  const id = readId(parseObject(answer.body)?.['id'])
  if (!id) throw new DeliveryError('Discord did not open a direct chat with the caller', { retry: false })
  return id
}

/** Records that the deferred response was replaced, and the message that a later reply may replace. */
async function note(delivery: DiscordDelivery, changes: Partial<DeliveryState>, message?: MessageRef): Promise<void> {
  const { store, invocation, state, reply } = delivery
  const { updateKey } = reply
  const replaceable = updateKey !== undefined && message?.id ? { [nameOf(updateKey)]: message } : {}
  const messages = { ...state.messages, ...replaceable }
  await saveDeliveryState(store, invocation, { ...state, ...changes, messages })
}

/** Hashed, because authors choose the names. */
function nameOf(updateKey: string): string {
  return shortHash(updateKey)
}

function toMessageRef({ body }: HttpResponse, { hidden, target }: DiscordDelivery): MessageRef {
  const id = readId(parseObject(body)?.['id']) ?? ''
  return hidden ? { id, hidden } : { id, hidden, channelId: target.channelId }
}

function isRefused(error: unknown): boolean {
  return error instanceof ResponseError && !error.retryAdvice.retry
}

/** The interaction's token has expired, or its follow-ups are used up. */
function isOver(error: unknown): boolean {
  return over.has(reasonOf(error))
}

/** Somebody deleted the message. */
function isGone(error: unknown): boolean {
  return reasonOf(error) === 10_008
}

/** Unknown webhook, unknown interaction, invalid webhook token, no more follow-ups; or refused without a code. */
const over = new Set<unknown>([10_015, 10_062, 50_027, 40_094, 401, 403, 404])
/** Cannot send messages to this user. */
const cannotReach = 50_007
