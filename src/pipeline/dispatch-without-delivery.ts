import type { Invocation } from '../model/invocation.js'
import type { Outcome, Reply } from '../model/reply.js'
import { resolveCall } from '../registry/registry.js'
import { LazyAbortController } from '../shared/lazy-abort.js'
import { callEndedError, createRunCall, type RunCallDeps } from './process-invocation.js'
import { createReplyChannel } from './reply-channel.js'

/** Runs one invocation, yields its replies as they come and returns its outcome. Never throws. */
export type Dispatch = (invocation: Invocation, signal: AbortSignal) => AsyncGenerator<Reply, Outcome>

/** Creates a function that runs calls without delivering anything: for a terminal or a test. */
export function createDispatch(deps: RunCallDeps): Dispatch {
  const run = createRunCall(deps)
  return async function* (invocation, signal) {
    const abort = new LazyAbortController()
    const isPublic = invocation.scheduled !== undefined
    const replies = createReplyChannel({ isPublic, onAbandoned: () => abort.now(callEndedError) })
    void run(resolveCall(deps.registry, invocation), replies, abort, signal)
    try {
      for (let reply = await replies.next(); reply; reply = await replies.next()) yield reply
      return await replies.ended
    } finally {
      replies.abandon('undeliverable')
    }
  }
}
