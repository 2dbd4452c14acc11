import { DeliveryError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { PlatformDeps } from '../platform.js'
import { type Api, ChatMovedError } from './api.js'
import { type Chats, chatIdOf } from './chats/chats.js'
import { createMessageRefs, type MessageRef } from './delivery/message-refs.js'
import { createSend, type SendDeps } from './delivery/send.js'
import type { TelegramDelivery } from './delivery/telegram-delivery.js'
import { createToCaller } from './delivery/to-caller.js'
import { render } from './render.js'
import { decodeReplyTo } from './reply-target.js'

/** What delivering replies needs. */
export interface DeliverDeps extends SendDeps, Pick<PlatformDeps, 'store'> {
  readonly api: Api
  readonly chats: Chats
  readonly now?: () => number
}

/** Creates the delivery: a reply replaces an earlier one or is sent, to the chat or privately to the caller. */
export function createDeliver(deps: DeliverDeps) {
  const { chats, store } = deps
  const send = createSend(deps)
  const toCaller = createToCaller({ ...deps, send })
  const messageRefs = createMessageRefs(store)

  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const target = await locate(invocation)
    try {
      await deliver({ reply, invocation, target })
    } catch (error) {
      if (error instanceof ChatMovedError) {
        await chats.move(target.chatId, error.chatId)
        return await deliver({ reply, invocation, target: { ...target, chatId: error.chatId } })
      }
      if (error instanceof DeliveryError && error.retryAdvice.uninstalled) await chats.leave(target.chatId)
      throw error
    }
  }

  /** A group may have become a supergroup meanwhile. */
  async function locate(invocation: Invocation) {
    const target = decodeReplyTo(invocation)
    const installation = await chats.find(target.chatId)
    return installation ? { ...target, chatId: chatIdOf(installation) } : target
  }

  async function deliver(delivery: TelegramDelivery): Promise<void> {
    const { reply, invocation } = delivery
    const earlier = reply.kind === 'file' ? undefined : await messageRefs.find(reply, invocation)
    if (earlier && (await replace(earlier, delivery))) return
    const message = await say(delivery)
    if (message.messageId || message.ephemeralId) await messageRefs.note(reply, invocation, message)
  }

  async function replace(earlier: MessageRef, { reply, invocation, target }: TelegramDelivery): Promise<boolean> {
    const rendered = render(reply, invocation, earlier.chatId === target.chatId ? undefined : 'elsewhere')
    return await send.edit(earlier, rendered, invocation.user.id)
  }

  /** In a direct chat, everything is private. */
  async function say(delivery: TelegramDelivery): Promise<MessageRef> {
    const { reply, invocation, target } = delivery
    const isGroup = target.chatId.startsWith('-')
    return reply.audience === 'caller' && isGroup
      ? await toCaller(delivery)
      : await send.message(target, render(reply, invocation))
  }
}
