import type { ReplyTarget } from '../../../model/schedule.js'
import { shortHash } from '../../../shared/crypto.js'
import { isRecord, readText } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** A line that a button types. */
export interface ButtonLine {
  readonly line: string
  /** The room that it is typed in, where the button was shown to somebody elsewhere. */
  readonly origin?: ReplyTarget
}

/** The lines of buttons that a button has no room for. What was kept for one chat cannot be pressed in another. */
export interface ButtonLines {
  keep(chatId: string, lines: readonly ButtonLine[]): Promise<void>
  /** The line that a button's data stands for; undefined for one that is no line of ours, or too old. */
  find(chatId: string, data: string): Promise<ButtonLine | undefined>
}

/** Creates the store of such lines. */
export function createButtonLines(store: Pick<Store, 'get' | 'set'>): ButtonLines {
  return {
    async keep(chatId, lines) {
      for (const one of lines) {
        await store.set(keyOf(chatId, digestOf(one)), one, { ttlMs: one.origin ? elsewhereMs : keptMs })
      }
    },
    async find(chatId, data) {
      if (data.startsWith('/')) return { line: data }
      const [, digest] = /^~([a-z2-7]{16})$/.exec(data) ?? []
      const kept = digest && (await store.get(keyOf(chatId, digest)))
      const line = isRecord(kept) ? readText(kept['line']) : undefined
      if (!isRecord(kept) || !line) return undefined
      return isRecord(kept['origin']) ? { line, origin: kept['origin'] as unknown as ReplyTarget } : { line } // ours
    },
  }
}

/** What a button sends: the line itself, or what it is found by. https://core.telegram.org/bots/api#inlinekeyboardbutton */
export function dataOf(one: ButtonLine): string {
  return one.origin || !fitsData(one.line) ? `~${digestOf(one)}` : one.line
}

/** Whether a button has room for a line. */
export function fitsData(line: string): boolean {
  return Buffer.byteLength(line) <= 64
}

/** As long as news of what a sender posted is changed in place. */
const keptMs = 30 * 24 * 3_600_000
/** Who was answered privately answers soon. */
const elsewhereMs = 24 * 3_600_000

function digestOf({ line, origin }: ButtonLine): string {
  return shortHash(line, origin?.room.id ?? '')
}

function keyOf(chatId: string, digest: string): string {
  return `${name}/button/${chatId}/${digest}`
}
