/** Stands for any name. */
export const anyName = '[\\p{L}\\p{N}_]+'

/**
 * Creates a function that defuses mentions of everybody, such as `@all` and `@here`, in text that people wrote. It replaces
 * the sign with its full-width form, or in a URL with its percent code, so that the URL still works. After a letter or
 * digit, as in a mail address, the sign mentions nobody. Code contains no URLs.
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
