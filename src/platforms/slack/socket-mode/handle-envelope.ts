import { BotError } from '../../../model/errors.js'
import type { Logger } from '../../../model/logger.js'
import { messageOf, stackOf } from '../../../shared/error-details.js'
import type { Accept, Ack } from '../../platform.js'
import type { Admit } from '../verify.js'
import { type SocketMessage, writeAck } from './wire.js'

/** A message that has to be acknowledged. */
export type SocketEnvelope = Extract<SocketMessage, { readonly type: 'envelope' }>

/** Accepts one envelope and acknowledges it with `send`. Never rejects. */
export type TakeEnvelope = (envelope: SocketEnvelope, send: (text: string) => Promise<void>) => Promise<void>

/** What accepting envelopes needs. */
export interface TakeEnvelopeDeps {
  readonly admit: Admit
  readonly accept: Accept
  readonly log: Logger
}

/** Creates the function. An envelope that was not stored is not acknowledged, so that the service resends it. */
export function createTakeEnvelope({ admit, accept, log }: TakeEnvelopeDeps): TakeEnvelope {
  async function take({ id, payload, takesAnswer }: SocketEnvelope, send: (text: string) => Promise<void>) {
    if (!payload) return await send(writeAck(id, empty))
    const verified = await admit(payload, Date.now())
    // The service shows no answer in the ack of a pressed button.
    if (takesAnswer && payload.door === 'commands')
      return void (await accept(verified, (ack) => send(writeAck(id, ack))))
    await accept(verified)
    await send(writeAck(id, empty))
  }

  return (envelope, send) =>
    take(envelope, send).catch((error: unknown) => {
      if (error instanceof BotError) log.warn({ envelope: envelope.id, reason: messageOf(error) }, notAcknowledged)
      else log.error({ envelope: envelope.id, error: stackOf(error) }, notAcknowledged)
    })
}

const empty: Ack = { status: 200 }
const notAcknowledged = 'an envelope was not acknowledged'
