import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Card, FileReply, Reply, TextReply, Tone } from '../../model/reply.js'
import { toneEmoji } from '../rendering.js'
import { drawCard } from './embed.js'
import { escapeMarkdown, shortenMarkdown, toMarkdown } from './markdown.js'
import { type Attachment, type Embed, longestDescription, type Message, type Row, textLimit } from './wire.js'

/** One reply as a message, and the file that goes with it. */
export interface Rendered {
  readonly message: Message
  readonly file?: Attachment
}

/** Renders a reply. `aloud`: it is for the caller, but has to be posted where others read it too. */
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
      // What a command echoes notifies nobody.
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

/** What has no room beside the address stands below it. */
function addressed({ content = '' }: Content, address: string): Content {
  if (address === '' && content.length <= textLimit) return {}
  if (address.length + content.length <= textLimit) return { content: address + content }
  return { content: address, embeds: [{ description: shortenMarkdown(content, longestDescription) }] }
}

function renderKind(reply: Reply): Content {
  if (reply.kind === 'text') return renderText(reply)
  return reply.kind === 'card' ? renderCard(reply.card, reply.tone) : renderFile(reply)
}

/** Escaping can make a text longer than a message takes; a description takes twice as much. */
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

/** What every guild takes. https://discord.com/developers/docs/reference#uploading-files */
const largestFile = 10 * 1_048_576
