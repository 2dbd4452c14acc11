import { randomToken } from '../shared/random-token.js'

/** A version as on the real server's rooms and users: eight capitals and digits. */
export function randomVersion(): string {
  return randomToken(8).toUpperCase()
}
