import type { User } from '../../model/invocation.js'
import { readId } from './wire.js'

/**
 * A line as typed, and the users it mentions: the service escapes three characters and has its own syntax for people and
 * links. Channels keep that syntax, because it is the only place with their id.
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

/** The service links `example.com`, mail addresses and phone numbers; their label is what was typed. Other labels are titles. */
function asTyped(sent: string, label: string): string {
  const address = unescapeSigns(sent)
  const bare = address.replace(/^(?:mailto:|tel:|[a-z][a-z\d+.-]*:\/\/)/i, '')
  if (/^tel:/i.test(address)) return label || bare
  if (/^mailto:/i.test(address)) return bare
  return label !== '' && bare.replace(/\/$/, '') === label.replace(/\/$/, '') ? label : address
}
