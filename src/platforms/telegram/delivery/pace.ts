import { createCache } from '../../../shared/cache.js'

/** Keeps to the service's rate limits. */
export interface Pace {
  /**
   * Reserves a turn in a chat and returns the milliseconds until then. If that exceeds `mostMs`, nothing is reserved.
   */
  reserve(chatId: string, mostMs: number): number
  /** Returns the last turn, because nothing was sent. */
  giveBack(chatId: string): void
}

/** One message a second in a chat, twenty a minute in a group, thirty a second in all. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
export function createPace(now: () => number = () => performance.now()): Pace {
  const chats = createCache<readonly number[]>({ max: 20_000, ttl: 120_000 })
  let all: readonly number[] = []
  return {
    reserve(chatId, mostMs) {
      const sent = chats.get(chatId) ?? []
      const limits = chatId.startsWith('-') ? [perChat, perGroup] : [perChat]
      const at = Math.max(now(), nextTurn(all, inAll), ...limits.map((limit) => nextTurn(sent, limit)))
      const wait = at - now()
      if (wait > mostMs) return wait
      chats.set(chatId, [...sent, at].slice(-perGroup.count))
      all = [...all, at].slice(-inAll.count)
      return wait
    },
    giveBack(chatId) {
      const sent = chats.get(chatId)
      if (!sent) return
      all = all.filter((at) => at !== sent.at(-1))
      chats.set(chatId, sent.slice(0, -1))
    },
  }
}

interface Limit {
  readonly count: number
  readonly perMs: number
}

const perChat: Limit = { count: 1, perMs: 1_000 }
const perGroup: Limit = { count: 20, perMs: 60_000 }
const inAll: Limit = { count: 30, perMs: 1_000 }

function nextTurn(sent: readonly number[], { count, perMs }: Limit): number {
  const earliest = sent.at(-count)
  return sent.length < count || earliest === undefined ? Number.NEGATIVE_INFINITY : earliest + perMs
}
