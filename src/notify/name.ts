/** Whether a token or an alias may have this name. */
export function isName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text)
}

/** The rule for names, in words. */
export const nameRule = '1 to 64 letters, digits, dots, dashes and underscores'
