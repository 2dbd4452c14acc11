import type { PlatformFactory } from '../../platform.js'
import { cardOverflow } from '../render.js'
import { textLimit } from '../wire.js'
import { lateAnswer, showAnswer } from './answer.js'
import { decode } from './decode.js'
import { createDeliver } from './deliver.js'
import { createVerify, verifyHead } from './verify.js'
import { answerMs, durableReplyTo, name, webhookPath } from './wire.js'

/** Accepts HipChat's "Add a command" without an add-on, at `/byo/{token}` with a token that the operator created. */
export const byo: PlatformFactory = (_env, { commandTokens, request, log }) => {
  if (!commandTokens) return undefined
  const deps = { commandTokens, request, log: log.child({ platform: name }) }
  return {
    name,
    webhooks: [webhookPath],
    maxTextLength: textLimit,
    cardOverflow,
    canEdit: () => false,
    verifyHead,
    verify: createVerify(deps),
    decode,
    synchronous: { withinMs: answerMs, show: showAnswer, late: lateAnswer },
    deliver: createDeliver(deps),
    durableReplyTo,
    isInstalled: async (id) => (await commandTokens.findById(id)) !== undefined,
  }
}
