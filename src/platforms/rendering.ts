import { cardUrls } from '../model/card-lines.js'
import type { Card } from '../model/reply.js'
import { isHttpUrl } from '../shared/url.js'

/** URLs in a card that no client could open or show: they are written out as text. */
export function nonHttpUrls(card: Card): readonly string[] {
  return cardUrls(card).filter((url) => !isHttpUrl(url))
}

/** Whether a file of this media type is readable as text. */
export function isTextMediaType(type: string): boolean {
  return /^text\/|[/+](json|xml|yaml|x-yaml|csv|javascript)\b/i.test(type)
}

/** Emoji for tones, for services without colors. */
export const toneEmoji = { neutral: '', info: '🔵 ', good: '🟢 ', warning: '🟡 ', bad: '🔴 ' } as const
