import { ResponseError, reasonOf } from '../../delivery/retry-rule.js'
import type { Encryptor } from '../../model/encryptor.js'
import { DeliveryError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Logger } from '../../model/logger.js'
import type { Reply } from '../../model/reply.js'
import type { HttpResponse } from '../../net/http-client.js'
import { shortHash } from '../../shared/crypto.js'
import { parseObject } from '../../shared/json.js'
import type { Store } from '../../stores/store.js'
import { type Api, webhookPath } from './api.js'
import { type DeliveryState, type MessageRef, readDeliveryState, saveDeliveryState } from './delivery-state.js'
import { type Rendered, render } from './render.js'
import { decodeReplyTo, type ReplyTarget } from './reply-target.js'
import type { Settings } from './settings.js'
import { ephemeral, readId } from './wire.js'

/** What replies are delivered with. */
export interface DeliverDeps extends Pick<Settings, 'applicationId' | 'botToken'> {
  readonly api: Api
  readonly store: Store
  readonly encryptor?: Encryptor
  readonly log: Logger
  readonly now?: () => number
}

/** One reply on its way. */
interface DiscordDelivery {
  readonly reply: Reply
  readonly invocation: Invocation
  readonly letter: ReplyTarget
  readonly told: DeliveryState
  readonly hidden: boolean
  /** Tells this reply from the call's others. */
  readonly mark: string
}

/**
 * Makes the way back: the first reply takes the place of the deferred answer, later ones follow it, and once the
 * interaction is over they go to the channel as the bot's own messages.
 * https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
 */
export function createDeliver({ api, store, encryptor, log, applicationId, botToken, now = Date.now }: DeliverDeps) {
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const deliveryState = await readDeliveryState(store, invocation.id)
    const mark = shortHash(JSON.stringify(reply))
    const replyTarget = decodeReplyTo(invocation, encryptor)
    const parcel = {
      reply,
      invocation,
      letter: replyTarget,
      told: deliveryState,
      mark,
      hidden: reply.audience === 'caller',
    }
    const earlier = reply.updateKey === undefined ? undefined : deliveryState.messages[nameOf(reply.updateKey)]
    // A whisper must not be written into what all see.
    if (earlier && earlier.hidden === parcel.hidden && (await replace(parcel, earlier))) return
    await say(parcel)
  }

  async function say(parcel: DiscordDelivery): Promise<void> {
    const { letter: replyTarget } = parcel
    if (replyTarget.token !== undefined && (now() < replyTarget.until || !botToken)) {
      try {
        return await answer(parcel, replyTarget.token)
      } catch (error) {
        if (!isOver(error)) throw error
        log.debug({ invocation: parcel.invocation.id }, 'the interaction is over')
      }
    }
    if (!botToken)
      throw new DeliveryError('the interaction is over, and DISCORD_BOT_TOKEN is not set', { retry: false })
    await post(parcel)
  }

  /** Through the interaction: in the place of the deferred answer, or below it. */
  async function answer(parcel: DiscordDelivery, token: string): Promise<void> {
    const { told: deliveryState, mark, invocation } = parcel
    if (deliveryState.settled || (deliveryState.original !== undefined && deliveryState.original !== mark)) {
      return await remember(parcel, await follow(parcel, token))
    }
    // Noted before it is tried: what another process says after a crash must not be written over this.
    if (deliveryState.original === undefined)
      await saveDeliveryState(store, invocation.id, { ...deliveryState, original: mark })
    const spot = await settle(parcel, token)
    await saveDeliveryState(store, invocation.id, {
      ...withSpot(deliveryState, parcel, spot),
      original: mark,
      settled: true,
    })
  }

  /** Who sees the deferred answer cannot be changed any more: for others than was thought it makes room. */
  async function settle(parcel: DiscordDelivery, token: string): Promise<MessageRef> {
    const { reply, invocation, hidden, letter: replyTarget } = parcel
    const path = `${webhookPath(applicationId, token)}/messages/@original`
    if (hidden === replyTarget.hidden) {
      const { message, file } = render(reply, invocation)
      const body = { ...message, attachments: [] }
      return await api({ method: 'PATCH', path, body, ...(file ? { file } : {}) }).then(
        (answer) => spotOf(answer, parcel),
        (error: unknown) => (isGone(error) ? follow(parcel, token) : Promise.reject(error)),
      )
    }
    // A message that follows a deferred answer would take its place, and be seen by those who see that.
    const content = hidden ? 'Answered to the caller alone.' : 'Answered for all.'
    await api({ method: 'PATCH', path, body: { content } }).catch(unless(isGone))
    const spot = await follow(parcel, token)
    await api({ method: 'DELETE', path }).catch((error: unknown) => {
      log.debug({ invocation: invocation.id, error: String(error) }, 'placeholder not removed')
    })
    return spot
  }

  async function follow(parcel: DiscordDelivery, token: string): Promise<MessageRef> {
    const { message, file } = render(parcel.reply, parcel.invocation)
    const body = parcel.hidden ? { ...message, flags: ephemeral } : message
    return spotOf(
      await api({ method: 'POST', path: webhookPath(applicationId, token), body, ...(file ? { file } : {}) }),
      parcel,
    )
  }

  /** As the bot's own message. A whisper goes to the caller's own talk with the bot, or is said to the caller aloud. */
  async function post(parcel: DiscordDelivery): Promise<void> {
    const { reply, invocation, letter: replyTarget, hidden, told: deliveryState } = parcel
    const inGuild = readId(invocation.tenant.id) !== undefined
    const nonce = shortHash(invocation.id, parcel.mark, String(deliveryState.posted))
    const send = async (channelId: string, { message, file }: Rendered) => {
      const body = { ...message, nonce, enforce_nonce: true } // sent again it is the same message
      const path = `/channels/${channelId}/messages`
      return await api({ method: 'POST', path, body, asBot: true, ...(file ? { file } : {}) })
    }
    const privately = async () => await send(await openTalk(invocation.user.id), render(reply, invocation))
    const answer =
      hidden && inGuild
        ? await privately().catch((error: unknown) => {
            if (reasonOf(error) !== cannotReach) throw error
            return send(replyTarget.channelId, render(reply, invocation, true))
          })
        : await send(replyTarget.channelId, render(reply, invocation))
    const id = readId(parseObject(answer.body)?.['id'])
    const channelId = readId(parseObject(answer.body)?.['channel_id']) ?? replyTarget.channelId
    const spot = id ? { id, channelId, hidden: hidden && channelId !== replyTarget.channelId } : undefined
    await saveDeliveryState(store, invocation.id, {
      ...withSpot(deliveryState, parcel, spot),
      posted: deliveryState.posted + 1,
    })
  }

  async function openTalk(userId: string): Promise<string> {
    const body = { recipient_id: userId }
    const answer = await api({ method: 'POST', path: '/users/@me/channels', body, asBot: true })
    const id = readId(parseObject(answer.body)?.['id'])
    if (!id) throw new DeliveryError('Discord opened no talk with the caller', { retry: false })
    return id
  }

  /** Says whether the earlier message could still be changed. */
  async function replace(
    { reply, invocation, letter: replyTarget }: DiscordDelivery,
    spot: MessageRef,
  ): Promise<boolean> {
    const { message, file } = render(reply, invocation)
    const alive = replyTarget.token !== undefined && (now() < replyTarget.until || !botToken)
    const edit = async (path: string, asBot: boolean) => {
      const body = { ...message, attachments: [] }
      await api({ method: 'PATCH', path, body, asBot, ...(file ? { file } : {}) })
      return true
    }
    const otherwise = async (error: unknown) => {
      if (!isGone(error) && !isOver(error)) throw error
      return false
    }
    const done = alive
      ? await edit(`${webhookPath(applicationId, replyTarget.token ?? '')}/messages/${spot.id}`, false).catch(otherwise)
      : false
    if (done || !botToken || !spot.channelId) return done
    return await edit(`/channels/${spot.channelId}/messages/${spot.id}`, true).catch((error: unknown) => {
      if (error instanceof ResponseError && !error.retryAdvice.retry) return false // then it is said anew
      throw error
    })
  }

  async function remember(parcel: DiscordDelivery, spot: MessageRef): Promise<void> {
    const { told: deliveryState, reply, invocation } = parcel
    if (deliveryState.settled && reply.updateKey === undefined) return
    await saveDeliveryState(store, invocation.id, { ...withSpot(deliveryState, parcel, spot), settled: true })
  }
}

function withSpot(
  deliveryState: DeliveryState,
  { reply }: DiscordDelivery,
  spot: MessageRef | undefined,
): DeliveryState {
  if (reply.updateKey === undefined || !spot?.id) return deliveryState
  return { ...deliveryState, messages: { ...deliveryState.messages, [nameOf(reply.updateKey)]: spot } }
}

/** What authors write never becomes a key as it is. */
function nameOf(updateKey: string): string {
  return shortHash(updateKey)
}

function spotOf({ body }: HttpResponse, { hidden, letter: replyTarget }: DiscordDelivery): MessageRef {
  const id = readId(parseObject(body)?.['id']) ?? ''
  return hidden ? { id, hidden } : { id, hidden, channelId: replyTarget.channelId }
}

function unless(fits: (error: unknown) => boolean): (error: unknown) => void {
  return (error) => {
    if (!fits(error)) throw error
  }
}

/** The interaction's token is spent, or its follow-ups are. */
function isOver(error: unknown): boolean {
  return over.has(reasonOf(error))
}

/** The message was deleted by somebody. */
function isGone(error: unknown): boolean {
  return reasonOf(error) === 10_008
}

/** Unknown webhook, unknown interaction, invalid webhook token, no more follow-ups; or refused without a code. */
const over = new Set<unknown>([10_015, 10_062, 50_027, 40_094, 401, 403, 404])
/** Cannot send messages to this user. */
const cannotReach = 50_007
