import { hasCaller, type Invocation } from '../../model/invocation.js'
import { escapeHtml, type FileReply, type Reply, type TextReply } from '../../model/reply.js'
import { shorten } from '../../shared/text.js'
import { isTextMediaType, toneEmoji } from '../rendering.js'
import { drawCard } from './card/adaptive-card.js'
import { escapeText, fromHtml } from './markup.js'
import { type Attachment, cardType, type MentionEntity, type Message, textLimit } from './wire.js'

/** How to render a reply. */
export interface RenderOptions {
  /** A private reply that has to be posted publicly. */
  readonly aloud?: boolean
  /** False if buttons can only open something. */
  readonly canPress?: boolean
}

/** Renders a reply as a message. `userId`: the caller's id in the service. */
export function render(
  reply: Reply,
  invocation: Invocation,
  userId: string | undefined,
  { aloud = false, canPress = true }: RenderOptions = {},
): Message {
  const called = hasCaller(invocation) && (aloud || reply.notify === true)
  const mention = called && userId ? mentionOf(userId, invocation.user.name) : undefined
  const { text, ...content } = renderKind(reply, canPress)
  const said = [mention?.text, text].filter(Boolean).join(' ')
  return {
    type: 'message',
    ...(said ? { textFormat: 'xml', text: said } : {}),
    ...content,
    ...(mention ? { entities: [mention] } : {}),
    ...(reply.notify ? { channelData: { notification: { alert: true } } } : {}),
  }
}

type Content = Pick<Message, 'text' | 'attachments' | 'summary'>

function renderKind(reply: Reply, canPress: boolean): Content {
  if (reply.kind === 'text') return { text: renderText(reply) }
  if (reply.kind === 'file') return renderFile(reply)
  const { drawn } = drawCard(reply.card, reply.tone, canPress)
  const title = shorten(reply.card.title.trim() || '(no title)', 200)
  return { summary: title, attachments: [{ contentType: cardType, content: drawn }] }
}

function renderText({ text, format, tone }: TextReply): string {
  const shown = format === 'html' ? fromHtml(text) : escapeText(text)
  return toneEmoji[tone ?? 'neutral'] + (text.trim() === '' || shown === '' ? '(no text)' : shown)
}

/** Images and text are shown: the service accepts files from bots only in direct chats, after asking. */
function renderFile({ name, type, content, text, tone }: FileReply): Content {
  const bytes = Buffer.from(content, 'base64')
  const caption = text ? toneEmoji[tone ?? 'neutral'] + escapeText(shorten(text, 1_000)) : ''
  const title = shorten(name.trim() || 'file', 200)
  if (pictures.has(type) && bytes.length > 0 && bytes.length <= largestPicture) {
    const picture: Attachment = { contentType: type, contentUrl: `data:${type};base64,${content}`, name: title }
    return { ...(caption ? { text: caption } : {}), attachments: [picture] }
  }
  const head = `${caption ? `${caption}<br>` : ''}<b>${escapeHtml(title)}</b>`
  const size = `(${bytes.length} bytes)`
  if (!isTextMediaType(type) || bytes.length === 0) return { text: `${head} ${size}` }
  const whole = bytes.toString('utf8')
  const shown = shorten(whole, textLimit)
  const note = shown === whole ? '' : ` ${size}, the beginning:`
  return { text: `${head}${note}<pre>${escapeHtml(shown).replace(/\r?\n/g, '&#10;')}</pre>` }
}

const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif'])
/** https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages */
const largestPicture = 1_048_576

function mentionOf(id: string, name: string): MentionEntity {
  const text = `<at>${escapeHtml(shorten(name, 100))}</at>`
  return { type: 'mention', text, mentioned: { id, name } }
}
