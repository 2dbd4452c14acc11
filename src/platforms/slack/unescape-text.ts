import type { User } from '../../model/invocation.js'
import { readId } from './wire.js'

/**
 * A line as it was typed, and whom it mentions: the service escapes three signs, and writes people and links its own
 * way. Channels stay as they come, because their id stands nowhere else.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function unescapeText(sent: string): { readonly text: string; readonly mentions: readonly User[] } {
  const mentions = new Map<string, User>()
  const text = sent.replace(marks, (mark, target: string | undefined, shown: string | undefined) => {
    if (target === undefined) return entities[mark] ?? mark
    const label = unescapeSigns(shown ?? '')
    const id = target.startsWith('@') ? readId(target.slice(1)) : undefined
    if (!id) return target.startsWith('!') ? `@${label.replace(/^@/, '') || target.slice(1)}` : asTyped(target, label)
    const name = label || id
    mentions.set(id, { id, name, mention: name })
    return `@${name}`
  })
  return { text, mentions: [...mentions.values()] }
}

const marks =
  /<(@[\w-]+|!(?:here|channel|everyone|subteam\^\w+)|(?:[a-z][a-z\d+.-]{0,30}:\/\/|mailto:|tel:)[^<>|]+)(?:\|([^<>]*))?>|&(?:amp|lt|gt);/gi

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

function unescapeSigns(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity)
}

/** `example.com`, a mail address and a number come with the address that was made of them; other labels are titles. */
function asTyped(sent: string, label: string): string {
  const address = unescapeSigns(sent)
  const bare = address.replace(/^(?:mailto:|tel:|[a-z][a-z\d+.-]*:\/\/)/i, '')
  if (/^tel:/i.test(address)) return label || bare
  if (/^mailto:/i.test(address)) return bare
  return label !== '' && bare.replace(/\/$/, '') === label.replace(/\/$/, '') ? label : address
}
