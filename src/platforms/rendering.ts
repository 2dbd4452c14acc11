import { cardUrls } from '../model/card-lines.js'
import type { Card } from '../model/reply.js'
import { isHttpUrl } from '../shared/url.js'

/** URLs of a card that no client could open or show: they are written out, so that nothing is lost. */
export function nonHttpUrls(card: Card): readonly string[] {
  return cardUrls(card).filter((url) => !isHttpUrl(url))
}

/** Whether a file of this media type can be read by people as it stands. */
export function isTextMediaType(type: string): boolean {
  return /^text\/|[/+](json|xml|yaml|x-yaml|csv|javascript)\b/i.test(type)
}

/** What stands for a tone where a service knows no colour. */
export const toneEmoji = { neutral: '', info: '🔵 ', good: '🟢 ', warning: '🟡 ', bad: '🔴 ' } as const
