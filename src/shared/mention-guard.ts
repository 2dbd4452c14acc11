/** Stands for every name there may be. */
export const anyName = '[\\p{L}\\p{N}_]+'

/**
 * Creates what rewrites `@all`, `@here` and whatever else wakes everybody, so that what people wrote and commands echo does
 * not: the sign becomes its wide twin, and in a URL its code, so that the URL leads where it led. Behind a letter or a
 * digit, as in a mail address, the sign wakes nobody. In code there are no URLs.
 */
export function createMentionGuard(names: readonly string[]): (text: string, isCode?: boolean) => string {
  const call = `(?<![\\p{L}\\p{N}])@(?=(?:${names.join('|')})(?![a-z0-9]))`
  const calls = new RegExp(call, 'giu')
  const urlsAndCalls = new RegExp(`https?://[^\\s<>]+|${call}`, 'giu')
  return (text, isCode = false) => {
    if (!text.includes('@')) return text
    if (isCode) return text.replace(calls, '＠')
    return text.replace(urlsAndCalls, (found) => (found === '@' ? '＠' : found.replace(calls, '%40')))
  }
}
