import { reasonOf } from '../../../delivery/retry-rule.js'
import { DeliveryError } from '../../../model/errors.js'
import { hasCaller, isAnonymous } from '../../../model/invocation.js'
import { createCache } from '../../../shared/cache.js'
import { singleFlight } from '../../../shared/coalesce.js'
import type { Api } from '../api.js'
import { render } from '../render.js'
import { toArgs } from './message-args.js'
import type { MessageRef } from './message-refs.js'
import type { Send } from './send.js'
import type { TelegramDelivery } from './telegram-delivery.js'

/** What private replies need. */
export interface ToCallerDeps {
  readonly api: Api
  readonly send: Send
  readonly now?: () => number
}

/** Sends a private reply to the caller in a group: as an ephemeral message, else in their direct chat, else in public. */
export type ToCaller = (delivery: TelegramDelivery) => Promise<MessageRef>

/** Creates it. Ephemeral messages exist since Bot API 10.2. https://core.telegram.org/bots/api#ephemeralmessageparameters */
export function createToCaller({ api, send, now = Date.now }: ToCallerDeps): ToCaller {
  const refused = createCache<true>({ max: 10_000, ttl: 10 * 60_000 })
  let knowsEphemeral: boolean | undefined

  /** An older server would ignore the receiver and show the message to everybody. */
  const probe = singleFlight(async () => {
    const args = { ...toArgs({ chatId: '0' }), receiver_user_id: 0, ephemeral_message_id: 0 }
    try {
      await api({ method: 'deleteEphemeralMessage', args })
      knowsEphemeral = true
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.retryAdvice.retry) throw error
      knowsEphemeral = reasonOf(error) !== 404
    }
  })

  /** Undefined if this route is not available. */
  async function ephemeral(delivery: TelegramDelivery): Promise<MessageRef | undefined> {
    const { reply, invocation, target } = delivery
    const isInTime = target.until !== undefined && now() < target.until - marginMs
    const isAnswer = isInTime && Boolean(target.ephemeralId || target.callbackId)
    // Without a command to answer, only administrators may.
    if (knowsEphemeral === false || (!isAnswer && refused.has(target.chatId))) return undefined
    if (knowsEphemeral === undefined) await probe()
    if (!knowsEphemeral) return undefined
    const args = {
      ephemeral_message_parameters: {
        receiver_user_id: Number(invocation.user.id),
        ...(isAnswer && target.callbackId ? { callback_query_id: target.callbackId } : {}),
      },
      ...(isAnswer && target.ephemeralId
        ? { reply_parameters: { ephemeral_message_id: Number(target.ephemeralId) } }
        : {}),
    }
    const message = await orRefused(() => send.message({ ...target, args }, render(reply, invocation)))
    if (!message && !isAnswer) refused.set(target.chatId, true)
    if (!message || message.ephemeralId) return message
    await takeBack(message)
    return undefined
  }

  /** Everybody sees it, because the server ignored the receiver. */
  async function takeBack({ chatId, messageId }: MessageRef): Promise<void> {
    knowsEphemeral = false
    await api({ method: 'deleteMessage', args: { ...toArgs({ chatId }), message_id: Number(messageId) } })
  }

  /** The bot may only write to people who have written to it. */
  async function privately({ reply, invocation }: TelegramDelivery): Promise<MessageRef | undefined> {
    const rendered = render(reply, invocation, 'elsewhere')
    return await orRefused(() => send.message({ chatId: invocation.user.id }, rendered))
  }

  async function aloud({ reply, invocation, target }: TelegramDelivery): Promise<MessageRef> {
    const { messageId } = target
    const args = messageId
      ? { reply_parameters: { message_id: Number(messageId), allow_sending_without_reply: true } }
      : {}
    return await send.message({ ...target, args }, render(reply, invocation, 'aloud'))
  }

  return async (delivery) => {
    const { invocation } = delivery
    if (!hasCaller(invocation))
      throw new DeliveryError('there is no caller to send a private reply to', { retry: false })
    if (isAnonymous(invocation.user)) return await aloud(delivery)
    return (await ephemeral(delivery)) ?? (await privately(delivery)) ?? (await aloud(delivery))
  }
}

/** The seconds reserved for the request itself. */
const marginMs = 1_000

/** Undefined if the service refuses it for good: then there is another route. */
async function orRefused(step: () => Promise<MessageRef>): Promise<MessageRef | undefined> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof DeliveryError && !error.retryAdvice.retry) return undefined
    throw error
  }
}
