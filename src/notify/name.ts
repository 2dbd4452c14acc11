/** Whether a token or an alias may be called so. */
export function isName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text)
}

/** What such a name must have, in words. */
export const nameRule = '1 to 64 letters, digits, dots, dashes and underscores'
