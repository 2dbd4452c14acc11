import { isRecord } from './json.js'

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return read(() => (error instanceof Error ? error.message : error))
}

/** The stack of any thrown value. */
export function stackOf(error: unknown): string {
  return read(() => (error instanceof Error ? (error.stack ?? error) : error))
}

/** Reading a thrown value may itself throw: it may have getters or a broken `toString`. */
function read(part: () => unknown): string {
  try {
    return String(part())
  } catch {
    return 'something was thrown that cannot be read'
  }
}

/** The `code` of an error, as Node.js has it; empty if there is none. The error may come from another realm. */
export function codeOf(error: unknown): string {
  const code = isRecord(error) ? error['code'] : undefined
  return typeof code === 'string' ? code : ''
}
