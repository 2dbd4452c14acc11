import type { Catalog } from '../../model/command.js'
import { type DeliveryError, isBotError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { hipchat } from '../../platforms/hipchat/index.js'
import type { PlatformFactory, Verified } from '../../platforms/platform.js'
import { messageOf } from '../../shared/error-details.js'
import type { WireNote } from '../../simulator/wire/wire-log.js'
import type { CallNote } from './observe-calls.js'

/** Takes in what the bot does with the request that came with this `Authorization`. */
export type Annotate = (authorization: string, note: WireNote) => void

/** What is told of a platform. */
export interface PlatformObserver {
  /** It starts with these commands. */
  readonly started: (commands: Catalog) => void
  /** A reply goes into a room, in the ack or after it. */
  readonly sent: (reply: Reply, invocation: Invocation) => void
  readonly annotate: Annotate
  readonly tell: CallNote
  /** Remembers what a call came with. False: it came before. */
  begin(invocation: string, authorization: string): boolean
}

/** HipChat as the bot starts it, which tells what it makes of each request: whether it is proven, what it asks, how that ended. */
export function observeHipchat({ started, sent, annotate, tell, begin }: PlatformObserver): PlatformFactory {
  const cameWith = new WeakMap<Verified, string>()
  return (env, deps) => {
    started(deps.catalog)
    const platform = hipchat(env, deps)
    return (
      platform && {
        ...platform,
        async verify(request) {
          const authorization = String(request.headers['authorization'] ?? '')
          try {
            const verified = await platform.verify(request)
            annotate(authorization, { step: 'verified', text: 'Verified: signature, clock and claims are valid' })
            cameWith.set(verified, authorization)
            return verified
          } catch (error) {
            annotate(authorization, { step: 'refused', text: `Refused: ${messageOf(error)}`, tone: 'bad' })
            throw error
          }
        },
        decode(verified) {
          const decoded = platform.decode(verified)
          const authorization = cameWith.get(verified)
          if (authorization === undefined) return decoded
          const { invocation } = decoded
          if (!invocation) annotate(authorization, { step: 'ignored', text: 'Nothing to do: it is not a command' })
          else if (!begin(invocation.id, authorization)) {
            annotate(authorization, { step: 'repeated', text: 'The same message as before: it is not run again' })
          }
          return decoded
        },
        answer(reply, verified, invocation) {
          sent(reply, invocation)
          return platform.answer?.(reply, verified, invocation)
        },
        async deliver(reply, invocation) {
          sent(reply, invocation)
          tell(invocation.id, { step: 'sending', text: 'Delivers a reply' })
          try {
            await platform.deliver(reply, invocation)
            tell(invocation.id, { step: 'sent', text: 'Delivered' })
          } catch (error) {
            tell(invocation.id, { step: 'unsent', text: `Not delivered: ${describe(error)}`, tone: 'bad' })
            throw error
          }
        },
        async onInvocationEnd(invocation, outcome) {
          const bad = outcome === 'done' || outcome === 'usage' || outcome === 'ignored' ? {} : { tone: 'bad' as const }
          const text = outcome === 'ignored' ? 'Ended: it is not a command of this bot' : `Ended: ${outcome}`
          tell(invocation.id, { step: 'ended', text, ...bad })
          await platform.onInvocationEnd?.(invocation, outcome)
        },
      }
    )
  }
}

/** Why it was not delivered, and what follows. */
function describe(error: unknown): string {
  const advice = isBotError(error, 'delivery') ? (error as DeliveryError).retryAdvice : undefined
  if (!advice) return messageOf(error)
  if (!advice.retry) return `${messageOf(error)}; it will not be retried`
  const { retryAfterMs } = advice
  const when = retryAfterMs === undefined ? 'soon' : `in ${Math.ceil(retryAfterMs / 1_000)} s, as the service asked`
  return `${messageOf(error)}; retrying ${when}`
}
