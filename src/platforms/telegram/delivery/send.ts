import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '../../../delivery/retry-rule.js'
import { DeliveryError } from '../../../model/errors.js'
import { asRecord } from '../../../shared/json.js'
import { type Api, ChatMovedError } from '../api.js'
import type { ButtonLines } from '../commands/button-lines.js'
import type { Rendered } from '../render.js'
import { notModified } from '../retry-exceptions.js'
import { readId, readMessageId } from '../wire.js'
import { type Place, toArgs, toMessageArgs } from './message-args.js'
import type { MessageRef } from './message-refs.js'
import type { Pace } from './pace.js'

/** The destination and format of a message. */
export interface Destination extends Place {
  /** Further arguments of the method. */
  readonly args?: Readonly<Record<string, unknown>>
}

/** What sending needs. */
export interface SendDeps {
  readonly api: Api
  readonly pace: Pace
  readonly buttonLines: ButtonLines
}

/** Sends and edits messages at the allowed rate. Throws DeliveryError, NetworkError. */
export interface Send {
  message(to: Destination, rendered: Rendered): Promise<MessageRef>
  /** False if there is nothing left to edit. */
  edit(message: MessageRef, rendered: Rendered, receiver: string): Promise<boolean>
}

/** Creates it. */
export function createSend({ api, pace, buttonLines }: SendDeps): Send {
  /** Waits for the chat's turn; long waits are left to the outbox. */
  async function atTurn<Result>(chatId: string, step: () => Promise<Result>): Promise<Result> {
    const wait = pace.reserve(chatId, mostWaitMs)
    if (wait > mostWaitMs) {
      const advice = { retry: true, retryAfterMs: Math.ceil(wait), installationWide: true }
      throw new DeliveryError('Telegram allows no more messages of a bot in this chat for a while', advice)
    }
    if (wait > 0) await sleep(wait)
    try {
      return await step()
    } catch (error) {
      if (error instanceof DeliveryError && reasonOf(error) !== 429) pace.giveBack(chatId)
      throw error
    }
  }

  return {
    async message({ chatId, threadId, args }, rendered) {
      await buttonLines.keep(chatId, rendered.kept)
      const call = {
        method: rendered.file ? 'sendDocument' : 'sendMessage',
        args: { ...toMessageArgs({ chatId, threadId }, rendered), ...args },
        file: rendered.file,
      }
      const sent = await atTurn(chatId, () => api(call))
      return toMessageRef(chatId, sent)
    },
    async edit({ chatId, messageId, ephemeralId }, { content, kept }, receiver) {
      await buttonLines.keep(chatId, kept)
      const keyboard = { reply_markup: content.reply_markup ?? { inline_keyboard: [] } }
      const which = ephemeralId
        ? { receiver_user_id: Number(receiver), ephemeral_message_id: Number(ephemeralId) }
        : { message_id: Number(messageId) }
      const method = ephemeralId ? 'editEphemeralMessageText' : 'editMessageText'
      try {
        const args = { ...toArgs({ chatId }), ...which, ...content, ...keyboard }
        await atTurn(chatId, () => api({ method, args }))
        return true
      } catch (error) {
        if (reasonOf(error) === notModified) return true
        if (error instanceof ChatMovedError || (error instanceof DeliveryError && !error.retryAdvice.retry))
          return false
        throw error
      }
    },
  }
}

/** Pauses of up to a second are made here. */
const mostWaitMs = 2_000

function toMessageRef(chatId: string, sent: unknown): MessageRef {
  const ephemeralId = readId(asRecord(sent)['ephemeral_message_id'])
  const messageId = readMessageId(sent)
  if (ephemeralId) return { chatId, ephemeralId }
  return { chatId, ...(messageId && messageId !== '0' ? { messageId } : {}) }
}
