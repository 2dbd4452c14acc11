import { randomInt } from 'node:crypto'

const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `length` random letters and digits, unguessable: for secrets, tokens, one-time URLs. */
export function randomToken(length: number): string {
  return Array.from({ length }, () => signs[randomInt(signs.length)]).join('')
}
