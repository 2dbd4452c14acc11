import type { Card, Tone } from '../model/reply.js'

/** Shortens at a whole character, and shows that it did. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Says whether `url` is an address of the web: no client opens another, and some marks with another could wake a room. */
export function isHttpUrl(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url)
}

/** Addresses of a card that nobody could open or draw: they are written out, so that nothing is lost. */
export function nonHttpUrls({ url, image }: Card): readonly string[] {
  return [url, image].flatMap((one) => (one && !isHttpUrl(one) ? [one] : []))
}

/** Says whether a file of this media type can be read by people as it stands. */
export function isTextMediaType(type: string): boolean {
  return /^text\/|[/+](json|xml|yaml|x-yaml|csv|javascript)\b/i.test(type)
}

/** What stands for a tone where a service knows no colour. */
export const toneEmoji: Readonly<Record<Tone, string>> = {
  neutral: '',
  info: '🔵 ',
  good: '🟢 ',
  warning: '🟡 ',
  bad: '🔴 ',
}
