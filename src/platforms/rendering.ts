import type { Card } from '../model/reply.js'
import { isHttpUrl } from '../shared/url.js'

/** URLs of a card that no client could open or show: they are written out, so that nothing is lost. */
export function nonHttpUrls({ url, image }: Card): readonly string[] {
  return [url, image].flatMap((one) => (one && !isHttpUrl(one) ? [one] : []))
}

/** Whether a file of this media type can be read by people as it stands. */
export function isTextMediaType(type: string): boolean {
  return /^text\/|[/+](json|xml|yaml|x-yaml|csv|javascript)\b/i.test(type)
}

/** What stands for a tone where a service knows no colour. */
export const toneEmoji = { neutral: '', info: '🔵 ', good: '🟢 ', warning: '🟡 ', bad: '🔴 ' } as const

/**
 * Creates what rewrites `@all`, `@here` and whatever else wakes everybody, so that what people wrote and commands echo does
 * not: the sign becomes its wide twin, and in a URL its code, so that the URL leads where it led. Behind a letter or a
 * digit, as in a mail address, the sign wakes nobody.
 */
export function createMentionGuard(names: readonly string[]): (text: string) => string {
  const call = `(?<![\\p{L}\\p{N}])@(?=(?:${names.join('|')})(?![a-z0-9]))`
  const calls = new RegExp(call, 'giu')
  const urlsAndCalls = new RegExp(`https?://[^\\s<>]+|${call}`, 'giu')
  return (text) => {
    if (!text.includes('@')) return text
    return text.replace(urlsAndCalls, (found) => (found === '@' ? '＠' : found.replace(calls, '%40')))
  }
}
