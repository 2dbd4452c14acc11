import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Card, FileReply, Reply, TextReply, Tone } from '../../model/reply.js'
import { toneEmoji } from '../rendering.js'
import { drawCard } from './embed.js'
import { escapeMarkdown, shortenMarkdown, toMarkdown } from './markdown.js'
import { type Attachment, type Embed, longestDescription, type Message, type Row, textLimit } from './wire.js'

/** A reply as a message and an optional file. */
export interface Rendered {
  readonly message: Message
  readonly file?: Attachment
}

/** Renders a reply. `aloud`: a private reply that has to be posted publicly. */
export function render(reply: Reply, invocation: Invocation, aloud = false): Rendered {
  const { user } = invocation
  const called = hasCaller(invocation) && (aloud || reply.notify === true)
  const address = called ? `<@${user.id}> ` : ''
  const { file, ...content } = renderKind(reply)
  return {
    message: {
      content: '',
      embeds: [],
      components: [],
      ...content,
      ...addressed(content, address),
      // User input that a command echoes must not notify anybody.
      allowed_mentions: {
        parse: invocation.notification?.mentions ? ['everyone'] : [],
        ...(called ? { users: [user.id] } : {}),
      },
    },
    ...(file ? { file } : {}),
  }
}

interface Content {
  readonly content?: string
  readonly embeds?: readonly Embed[]
  readonly components?: readonly Row[]
  readonly file?: Attachment
}

/** The part that does not fit next to the mention goes below it. */
function addressed({ content = '' }: Content, address: string): Content {
  if (address === '' && content.length <= textLimit) return {}
  if (address.length + content.length <= textLimit) return { content: address + content }
  return { content: address, embeds: [{ description: shortenMarkdown(content, longestDescription) }] }
}

function renderKind(reply: Reply): Content {
  if (reply.kind === 'text') return renderText(reply)
  return reply.kind === 'card' ? renderCard(reply.card, reply.tone) : renderFile(reply)
}

/** Escaped text can exceed a message's limit; a description takes twice as much. */
function renderText({ text, format, tone }: TextReply): Content {
  const sign = toneEmoji[tone ?? 'neutral']
  return { content: (sign + (format === 'html' ? toMarkdown(text) : escapeMarkdown(text))).trim() || '(no text)' }
}

function renderCard(card: Card, tone?: Tone): Content {
  const { embed, rows } = drawCard(card, tone)
  return { embeds: [embed], components: rows }
}

function renderFile({ name, type, content, text, tone }: FileReply): Content {
  const bytes = Buffer.from(content, 'base64')
  const caption = text ? toneEmoji[tone ?? 'neutral'] + escapeMarkdown(text) : ''
  if (bytes.length > largestFile) {
    const note = escapeMarkdown(`${name} (${bytes.length} bytes) is too large here.`)
    return { content: [caption, note].join('\n').trim() }
  }
  return { content: caption, file: { name: shortenMarkdown(name.trim() || 'file', 200), type, bytes } }
}

/** The largest file in every guild. https://discord.com/developers/docs/reference#uploading-files */
const largestFile = 10 * 1_048_576
