import type { ReplyTarget } from '../../../model/schedule.js'
import { shortHash } from '../../../shared/crypto.js'
import { isRecord, readText } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** A line that a button types. */
export interface ButtonLine {
  readonly line: string
  /** The room to type it in, if the button is shown elsewhere. */
  readonly origin?: ReplyTarget
}

/** Stores lines that are too long for a button. A line stored for one chat does not work in another. */
export interface ButtonLines {
  keep(chatId: string, lines: readonly ButtonLine[]): Promise<void>
  /** The line for a button's data; undefined if it is unknown or expired. */
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
      return isRecord(kept['origin']) ? { line, origin: kept['origin'] as unknown as ReplyTarget } : { line } // our own data
    },
  }
}

/** A button's data: the line itself, or its key. https://core.telegram.org/bots/api#inlinekeyboardbutton */
export function dataOf(one: ButtonLine): string {
  return one.origin || !fitsData(one.line) ? `~${digestOf(one)}` : one.line
}

/** Whether a line fits a button. */
export function fitsData(line: string): boolean {
  return Buffer.byteLength(line) <= 64
}

/** As long as notifications can be updated. */
const keptMs = 30 * 24 * 3_600_000
/** Private prompts are answered soon. */
const elsewhereMs = 24 * 3_600_000

function digestOf({ line, origin }: ButtonLine): string {
  return shortHash(line, origin?.room.id ?? '')
}

function keyOf(chatId: string, digest: string): string {
  return `${name}/button/${chatId}/${digest}`
}
