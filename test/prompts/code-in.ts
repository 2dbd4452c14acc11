import type { Reply } from '../../src/authoring.js'

/** The code that a question shows. */
export function codeIn(replies: readonly Reply[]): string {
  return /\/(?:confirm|answer) ([\dA-Z]{4})/.exec(JSON.stringify(replies))?.[1] ?? ''
}
