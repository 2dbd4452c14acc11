import type { Logger } from '../../../model/logger.js'
import { messageOf } from '../../../shared/error-details.js'
import { isRecord } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** When the bot listened in each room, in any process. */
export interface LastSeen {
  /** Reads what an earlier connection stored, in this process or another. */
  load(): Promise<void>
  /** How long no process has listened there, according to what was loaded; undefined if none ever did. */
  awayMs(room: string): number | undefined
  /** Whether a message sent there at that time was missed recently: after the bot had joined, in a short absence. */
  isMissed(room: string, at: number): boolean
  /** The bot has listened in these rooms until then, without a gap since it entered. */
  note(rooms: readonly { readonly id: string; enteredAt(): number }[], until: number): Promise<void>
}

/** Creates it; the times are in the store, under the account's address. */
export function createLastSeen(store: Pick<Store, 'get' | 'set'>, jid: string, log: Logger): LastSeen {
  const key = `${name}/listened/${jid}`
  const spans = new Map<string, Span>()
  let loadedAt = 0
  let before: ReadonlyMap<string, Span> = new Map()

  const isShort = ({ to }: Span) => loadedAt - to <= mostMissedMs

  return {
    async load() {
      const stored = await store.get(key).catch(() => undefined)
      loadedAt = Date.now()
      const known = Object.entries(isRecord(stored) ? stored : {}).filter((entry): entry is [string, Span] =>
        isSpan(entry[1]),
      )
      // Another process may have listened in the meantime.
      before = new Map([...known, ...spans].sort(([, one], [, other]) => one.to - other.to))
      spans.clear()
    },
    awayMs(room) {
      const span = before.get(room)
      return span && Math.max(0, Date.now() - span.to)
    },
    isMissed(room, at) {
      const span = before.get(room)
      return span !== undefined && isShort(span) && at >= span.from - stampMs && Date.now() - at <= mostMissedMs
    },
    async note(rooms, to) {
      for (const { id, enteredAt } of rooms) {
        const earlier = spans.get(id) ?? before.get(id)
        spans.set(id, { from: earlier && (spans.has(id) || isShort(earlier)) ? earlier.from : enteredAt(), to })
      }
      if (spans.size === 0) return
      const kept = [...before].filter(([, span]) => to - span.to <= keptMs)
      await store.set(key, Object.fromEntries([...kept, ...spans]), { ttlMs: keptMs }).catch((error: unknown) => {
        log.debug({ reason: messageOf(error) }, 'the time until which the bot listened was not stored')
      })
    },
  }
}

/** Messages from longer absences do not run: their senders have given up or sent them again. */
export const mostMissedMs = 2 * 60_000
/** Some servers give times in whole seconds. */
const stampMs = 1_000
/** Older messages are not requested. */
const keptMs = 60 * 60_000

/** When it listened, in milliseconds since 1970, ignoring short absences. */
interface Span {
  readonly from: number
  readonly to: number
}

function isSpan(value: unknown): value is Span {
  return isRecord(value) && typeof value['from'] === 'number' && typeof value['to'] === 'number'
}
