import { buttonLine, cardUrls, fieldLine } from '../../model/card-lines.js'
import type { Invocation } from '../../model/invocation.js'
import type { Card, CardField, CardReply, FileReply, Reply, TextReply, Tone } from '../../model/reply.js'
import { escapeHtml } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import { fitLines } from '../../shared/fit-text.js'
import { anyName, createMentionGuard } from '../../shared/mention-guard.js'
import { graphemeBoundary, shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { isTextMediaType } from '../rendering.js'
import { type Attribute, type Notification, type NotificationCard, type ReplyTo, textLimit } from './wire.js'

/** Converts a reply to a notification's body, attached to the message that it answers. */
export function render(reply: Reply, invocation: Invocation, { messageId }: ReplyTo): Notification {
  const { message, message_format, card } = renderKind(reply, invocation)
  return {
    message,
    message_format,
    color: colors[reply.tone ?? 'neutral'],
    notify: reply.notify === true,
    from: invocation.notification?.reply.from?.slice(0, 64),
    attach_to: messageId && messageId.length <= 36 ? messageId : undefined,
    card,
  }
}

type Content = Pick<Notification, 'message' | 'message_format' | 'card'>

function renderKind(reply: Reply, invocation: Invocation): Content {
  if (reply.kind === 'text') return renderText(reply, invocation)
  return reply.kind === 'card' ? renderCard(reply, invocation) : renderFile(reply)
}

/** The service has no private messages in rooms: a whisper names its recipient instead. */
function renderText(reply: TextReply, invocation: Invocation): Content {
  const { mention } = invocation.user
  const html = reply.format === 'html'
  const text = html ? reply.text : calmer(reply, invocation)(reply.text)
  const called = reply.audience === 'caller' && mention ? `@${mention}` : ''
  const name = html ? escapeHtml(called) : wakesNotAll(called) // people choose their own names
  const address = name && name + (html && hasLines.test(text) ? '<br>' : ' ')
  const fits = address.length + text.length <= textLimit
  return { message: fill(fits ? address + text : text), message_format: html ? 'html' : 'text' }
}

/** A table starts on a new line, because the name would shift its columns. */
const hasLines = /<(?:br|pre|p|ul|ol|table)\b/i

/**
 * In text format, the service treats `@all` and `@here` as mentions. Replies may contain them only if they notify, because
 * they may echo user input; a sender's post never may.
 */
function calmer({ notify }: Reply, { notification }: Invocation): Rewrite {
  if (notification && !notification.mentions) return wakesNobody
  return notify || notification ? (text) => text : wakesNotAll
}

type Rewrite = (text: string) => string

/** Disarms mentions of the whole room. */
export const wakesNotAll = createMentionGuard(['all', 'here'])
const wakesNobody = createMentionGuard([anyName])

/** Messages without a visible character are refused. */
function fill(message: string): string {
  return message.trim() === '' ? '(no text)' : shorten(message, textLimit)
}

/** Clients with card support show the card, all others the message. */
function renderCard(reply: CardReply, invocation: Invocation): Content {
  const { card, updateKey } = reply
  const id = shortHash(invocation.id, updateKey ? `name ${updateKey}` : JSON.stringify(card))
  const { drawn, message } = drawCard(card, id, calmer(reply, invocation))
  return { message: fill(message), message_format: 'text', card: drawn }
}

/** A card, its text form, and the rest as text. */
export interface DrawnCard {
  readonly drawn: NotificationCard
  readonly message: string
  readonly left: string
}

/** The part of a card that does not fit, as text. */
export function cardOverflow(card: Card): string {
  return drawCard(card, '', wakesNotAll).left
}

/** Renders a card within the server's limits. */
export function drawCard(card: Card, id: string, quiet: Rewrite): DrawnCard {
  const { url, icon, image, fields = [], buttons = [] } = card
  const title = quiet(card.title.trim())
  const body = fitLines(card.text ?? '', [...buttons.map(buttonLine), ...undrawnUrls(card)], longestDescription, quiet)
  const drawn = fields.filter(({ value }) => value).slice(0, mostFields)
  const said = sayCard(card, quiet)
  const left = [
    title.length > longestTitle ? card.title.trim() : '',
    body.text,
    ...fields.filter((field) => !drawn.includes(field) || quiet(field.label).length > longestLabel).map(fieldLine),
    ...body.lines,
    ...said.left,
  ]
  return {
    drawn: {
      style: 'application',
      format: 'medium',
      id,
      title: shorten(title || '(no title)', longestTitle),
      ...(isHttpUrl(url) ? { url } : {}),
      ...(body.written ? { description: { format: 'text', value: body.written } } : {}),
      ...(isHttpUrl(icon) ? { icon: { url: icon } } : {}),
      ...(isThumbnail(image) ? { thumbnail: { url: image } } : {}),
      ...(drawn.length > 0 ? { attributes: drawn.map((field) => drawField(field, quiet)) } : {}),
    },
    message: said.message,
    left: [...new Set(left)].filter(Boolean).join('\n'),
  }
}

const longestTitle = 500
const longestDescription = 1_000
const longestLabel = 50
const mostFields = 10

/** The card as a message; `left` are lines that fit neither the card nor the message. */
function sayCard({ title, text = '', url, image, fields = [], buttons = [] }: Card, quiet: Rewrite) {
  const head = quiet([shorten(title.trim(), longestTitle), url].filter(Boolean).join(' '))
  const shown = shorten(head, textLimit / 2)
  const lines = [isThumbnail(image) ? '' : (image ?? ''), ...fields.map(fieldLine), ...buttons.map(buttonLine)]
  const said = fitLines(text, lines, textLimit - shown.length - 1, quiet)
  return {
    message: [shown, said.written].filter(Boolean).join('\n'),
    left: [...(shown === head ? [] : [url ?? '']), ...said.lines],
  }
}

function undrawnUrls(card: Card): readonly string[] {
  return cardUrls(card).filter((url) => !isHttpUrl(url) || (url === card.image && !isThumbnail(url)))
}

/** A server refuses a card with a longer thumbnail address. */
function isThumbnail(image: string | undefined): image is string {
  return isHttpUrl(image) && image.length <= 250
}

function drawField({ label, value, url, tone }: CardField, quiet: Rewrite): Attribute {
  return {
    ...(label ? { label: shorten(quiet(label), longestLabel) } : {}),
    value: { label: quiet(value), ...(isHttpUrl(url) ? { url } : {}), ...(tone ? { style: lozenges[tone] } : {}) },
  }
}

const lozenges: Readonly<Record<Tone, string>> = {
  neutral: 'lozenge',
  info: 'lozenge-complete',
  good: 'lozenge-success',
  warning: 'lozenge-current',
  bad: 'lozenge-error',
}

/** Bots cannot post files: text is shown, of other files only the name. */
function renderFile({ name, type, content, text }: FileReply): Content {
  const bytes = Buffer.from(content, 'base64')
  const head = `${text ? `${escapeHtml(shorten(text, 500))}<br>` : ''}<b>${escapeHtml(shorten(name, 200))}</b>`
  const size = `(${bytes.length} bytes)`
  if (!isTextMediaType(type) || bytes.length === 0) return { message: `${head} ${size}`, message_format: 'html' }
  const whole = bytes.toString('utf8')
  const room = textLimit - head.length - 100
  const shown = firstEscaped(whole, room)
  const note = shown.length < escapeHtml(whole).length ? ` ${size}, the beginning:` : ''
  return { message: `${head}${note}<pre>${shown}</pre>`, message_format: 'html' }
}

/** As much of the beginning as fits after escaping, without cutting an entity or a grapheme. */
function firstEscaped(text: string, limit: number): string {
  let [shown, left] = [Math.min(text.length, limit), limit]
  for (let at = 0; at < shown; at++) {
    left -= escapeHtml(text.charAt(at)).length
    if (left < 0) shown = at
  }
  return escapeHtml(text.slice(0, graphemeBoundary(text, shown)))
}

const colors = { neutral: 'gray', info: 'purple', good: 'green', warning: 'yellow', bad: 'red' } as const
