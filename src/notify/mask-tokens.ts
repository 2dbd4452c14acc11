/** The text with anything that looks like a token masked, because people put tokens where a room belongs. */
export function maskTokens(text: string): string {
  return text.replace(/(?<![A-Za-z0-9])(?:[A-Za-z0-9]{40}|[A-Za-z0-9]{30})(?![A-Za-z0-9])/g, '[token]')
}
