import type { BotOptions } from '../../bot.js'
import type { Logger } from '../../model/logger.js'
import { hipchat } from '../../platforms/hipchat/index.js'
import { platforms } from '../../platforms/index.js'
import { type CallNote, observeCalls } from './observe-calls.js'
import { type Annotate, observeHipchat } from './observe-hipchat.js'
import { observeLog } from './observe-log.js'
import type { BotPlayground } from './playground/playground.js'

/**
 * What a bot is made with so that `annotate` is told what it does with each message of HipChat's, and `playground` which commands it
 * has and what it says: by the same options that anybody adds platforms, middleware and a log with. What is told holds options
 * and replies, so it is for development alone.
 */
export function observeBot(
  log: Logger,
  annotate: Annotate,
  { started, sent }: BotPlayground,
): Required<Pick<BotOptions, 'platforms' | 'use' | 'log'>> {
  const requests = new Map<string, string>()
  const tell: CallNote = (invocation, note) => {
    const authorization = requests.get(invocation)
    if (authorization !== undefined) annotate(authorization, note)
  }
  const begin = (invocation: string, authorization: string): boolean => {
    if (requests.has(invocation)) return false
    requests.set(invocation, authorization)
    for (const oldest of requests.keys()) if (requests.size > mostCalls) requests.delete(oldest)
    return true
  }
  const observed = observeHipchat({ started, sent, annotate, tell, begin })
  return {
    platforms: platforms.map((start) => (start === hipchat ? observed : start)),
    use: [observeCalls(tell)],
    log: observeLog(log, tell),
  }
}

const mostCalls = 1_000
