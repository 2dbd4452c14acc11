import type { Invocation } from '../../model/invocation.js'
import type { Outcome } from '../../model/reply.js'
import { webhookPath } from './api.js'
import type { DeliverDeps } from './deliver.js'
import { readDeliveryState } from './delivery-state.js'
import { decodeReplyTo } from './reply-target.js'

/** Creates a function that ends `thinking…` if a call ended without a visible reply. */
export function createFinishDeferred({ api, store, encryptor, log, applicationId, now = Date.now }: DeliverDeps) {
  return async (invocation: Invocation, outcome: Outcome): Promise<void> => {
    const { token, until } = decodeReplyTo(invocation, encryptor)
    if (token === undefined || now() > until) return
    const { settled, inAck, posted } = await readDeliveryState(store, invocation.id)
    if (settled || inAck || posted > 0) return
    const path = `${webhookPath(applicationId, token)}/messages/@original`
    const content = endings[outcome] ?? `This could not be answered here (id ${invocation.id}).`
    // It says no more than the log does, so it is not retried.
    await api({ method: 'PATCH', path, body: { content } }).catch((error: unknown) => {
      log.debug({ invocation: invocation.id, error: String(error) }, 'deferred answer not ended')
    })
  }
}

const endings: Partial<Record<Outcome, string>> = { done: 'Done.', ignored: 'There is no such command here any more.' }
