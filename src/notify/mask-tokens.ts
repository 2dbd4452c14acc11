/** The text without what has the form of a token: people write one where a room's name belongs. */
export function maskTokens(text: string): string {
  return text.replace(/(?<![A-Za-z0-9])(?:[A-Za-z0-9]{40}|[A-Za-z0-9]{30})(?![A-Za-z0-9])/g, '[token]')
}
