import type { Reply } from 'slashroom'

/** All that replies say, as one text. */
export function textOf(replies: readonly Reply[]): string {
  return replies.map((reply) => (reply.kind === 'card' ? JSON.stringify(reply.card) : (reply.text ?? ''))).join('\n')
}
