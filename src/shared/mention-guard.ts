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
