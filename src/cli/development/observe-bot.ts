import type { BotOptions } from '../../bot.js'
import type { Logger } from '../../model/logger.js'
import { hipchat } from '../../platforms/hipchat/index.js'
import { platforms } from '../../platforms/index.js'
import type { PlatformFactory } from '../../platforms/platform.js'
import { type CallNote, observeCalls } from './observe-calls.js'
import { observeLog } from './observe-log.js'
import { type Annotate, observePlatform } from './observe-platform.js'

/**
 * What a bot is made with so that `annotate` is told what it does with each message of HipChat's: by the same options that
 * anybody adds platforms, middleware and a log with. `inner` is HipChat as the bot would have it otherwise. What is told holds
 * options and replies, so it is for development alone.
 */
export function observeBot(
  log: Logger,
  annotate: Annotate,
  inner: PlatformFactory,
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
  return {
    platforms: platforms.map((start) =>
      start === hipchat ? observePlatform(inner, { begin, annotate, tell }) : start,
    ),
    use: [observeCalls(tell)],
    log: observeLog(log, tell),
  }
}

const mostCalls = 1_000
