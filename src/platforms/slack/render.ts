import { hasCaller, type Invocation, type User } from '../../model/invocation.js'
import type { Card, CardButton, FileReply, Reply, TextReply, Tone } from '../../model/reply.js'
import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { isTextMediaType, nonHttpUrls } from '../rendering.js'
import { drawCard, nameField, sayButton } from './card.js'
import { cutMarked, escapeMrkdwn, escapeText, fence, fromHtml, plainText, toLink } from './mrkdwn.js'
import { messageLimit, textLimit } from './wire.js'
import type { Message } from './wire-message.js'

/** Converts a reply to a message: text, a card as blocks, or the text form of a file that cannot be uploaded. */
export function render(reply: Reply, invocation: Invocation): Message {
  if (reply.kind === 'text') return renderText(reply, invocation)
  if (reply.kind === 'file') return { text: renderFile(reply) }
  const { blocks } = drawCard(reply.card)
  const fallback = sayCard(reply.card, textLimit)
  const { tone = 'neutral' } = reply
  if (tone === 'neutral') return { text: fallback, blocks }
  return { attachments: [{ color: colors[tone], fallback: plainText(shorten(reply.card.title, 300)), blocks }] }
}

/** The same without blocks, in case the service refuses them. */
export function renderPlain(reply: Reply, invocation: Invocation): Message {
  if (reply.kind !== 'card') return render(reply, invocation)
  const { tone = 'neutral', card } = reply
  return paint(sayCard(card, messageLimit), tone, true)
}

function renderText({ text, format, tone = 'neutral' }: TextReply, invocation: Invocation): Message {
  const html = format === 'html'
  const marked = callPeople(html ? fromHtml(text) : escapeText(text), invocation)
  return paint(marked.trim() === '' ? '(no text)' : marked, tone, html)
}

function paint(text: string, tone: Tone, mrkdwn: boolean): Message {
  if (tone === 'neutral') return mrkdwn ? { text } : { text, mrkdwn }
  return {
    attachments: [{ color: colors[tone], fallback: cutMarked(text, 300), text, mrkdwn_in: mrkdwn ? ['text'] : [] }],
  }
}

/**
 * Turns `@name` of the caller and of users mentioned in the line into mentions; addresses, code and longer words stay as they
 * are. If only a user's id is known, it serves as the name. Nobody else is notified.
 */
function callPeople(text: string, invocation: Invocation): string {
  const { user, mentions, notification } = invocation
  const people = hasCaller(invocation) ? [user, ...mentions] : mentions // without a caller, the service does not know `user`
  if (!text.includes('@') && !people.some(({ id, mention }) => mention === id)) return text
  const ids = new Map(people.map(({ id, mention }) => [mention ?? id, id]))
  for (const { id } of people) ids.set(id, id)
  return text.replace(words, (word, at: string | undefined, called: string) => {
    const id = ids.get(called)
    if (at === '@' && notification?.mentions && groups.has(called)) return `<!${called}>`
    return id !== undefined && (at === '@' || isNameless(people, called)) ? `<@${id}>` : word
  })
}

/** Mentions of a whole channel or workspace. */
const groups = new Set(['here', 'channel', 'everyone'])

/** Markup, code and addresses, which stay as they are, and words that may be a name. */
const words =
  /```[\s\S]*?```|`[^`\n]*`|<[^<>]*>|[a-z][a-z\d+.-]{1,20}:\/\/[^\s<>]*|(?<![\p{L}\p{N}_@/=%#])(@?)([\p{L}\p{N}_][\p{L}\p{N}_.-]*(?<=[\p{L}\p{N}_]))(?![\p{L}\p{N}_@/=%-])/giu

function isNameless(people: readonly User[], called: string): boolean {
  return people.some(({ id, mention }) => id === called && mention === id)
}

function sayCard(card: Card, limit: number): string {
  const { title, text, url, image, fields = [], buttons = [] } = card
  return cutMarked(
    [
      `*${toLink(url, title)}*`,
      text && escapeMrkdwn(text),
      ...fields.map((field) => nameField(field).replace('\n', ' ')),
      ...buttons.map((button: CardButton) => sayButton(button)),
      isHttpUrl(image) && toLink(image, ''),
      ...nonHttpUrls(card).map(escapeMrkdwn),
    ]
      .filter(Boolean)
      .join('\n'),
    limit,
  )
}

/** Text files are shown, of other files only the name. */
function renderFile({ name, type, content, text }: FileReply): string {
  const bytes = Buffer.from(content, 'base64')
  const head = [text && escapeMrkdwn(text), `*${escapeMrkdwn(shorten(name, 200))}* (${bytes.length} bytes)`]
  const legible = isTextMediaType(type) && bytes.length > 0
  const shown = legible ? fence(shorten(bytes.toString('utf8'), textLimit - 500)) : undefined
  return [...head, shown].filter(Boolean).join('\n')
}

/** The bar next to a reply with a tone. */
export const colors = {
  neutral: '#8d99a6',
  info: '#1d7fd1',
  good: '#2eb67d',
  warning: '#ecb22e',
  bad: '#e01e5a',
} as const
