import { isRecord } from './json.js'

/** The message of what was thrown, whatever that is. */
export function messageOf(error: unknown): string {
  return read(() => (error instanceof Error ? error.message : error))
}

/** The stack of what was thrown, whatever that is. */
export function stackOf(error: unknown): string {
  return read(() => (error instanceof Error ? (error.stack ?? error) : error))
}

/** Reading it may throw: it may have getters, or nothing that makes a text of it. */
function read(part: () => unknown): string {
  try {
    return String(part())
  } catch {
    return 'something was thrown that cannot be read'
  }
}

/** The `code` of an error, such as those of Node.js; empty if it has none. It may come from another realm. */
export function codeOf(error: unknown): string {
  const code = isRecord(error) ? error['code'] : undefined
  return typeof code === 'string' ? code : ''
}
