import type { User } from '../../model/invocation.js'
import { readId } from './wire.js'

/**
 * A line as it was typed, and whom it mentions: the service escapes three signs, and writes people and links its own
 * way. Channels stay as they come, because their id stands nowhere else.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function unescapeText(sent: string): { readonly text: string; readonly mentions: readonly User[] } {
  const mentions = new Map<string, User>()
  const text = sent.replace(marks, (mark, target: string | undefined, label: string | undefined) => {
    if (target === undefined) return entities[mark] ?? mark
    const id = target.startsWith('@') ? readId(target.slice(1)) : undefined
    if (!id) return target.startsWith('!') ? `@${label?.replace(/^@/, '') || target.slice(1)}` : asTyped(target, label)
    const name = label || id
    mentions.set(id, { id, name, mention: name })
    return `@${name}`
  })
  return { text, mentions: [...mentions.values()] }
}

const marks =
  /<(@[\w-]+|!(?:here|channel|everyone|subteam\^\w+)|(?:https?:\/\/|mailto:|tel:)[^<>|]+)(?:\|([^<>]*))?>|&(?:amp|lt|gt);/g

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/** `example.com` comes with the address that was made of it. */
function asTyped(address: string, label: string | undefined): string {
  return label && address.endsWith(label) ? label : address
}
