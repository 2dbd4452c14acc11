import type { Invocation } from '../../model/invocation.js'
import type { Card, CardButton, CardReply, FileReply, Reply, TextReply, Tone } from '../../model/reply.js'
import { escapeHtml } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import { createMentionGuard } from '../../shared/mention-guard.js'
import { graphemeBoundary, shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { isTextMediaType } from '../rendering.js'
import { type Attribute, type Notification, type NotificationCard, type ReplyTo, textLimit } from './wire.js'

/** One reply as the body of a notification, attached to the message that asked for it. */
export function render(reply: Reply, invocation: Invocation, { messageId }: ReplyTo): Notification {
  const { message, message_format, card } = renderKind(reply, invocation)
  return {
    message,
    message_format,
    color: colors[reply.tone ?? 'neutral'],
    notify: reply.notify === true,
    attach_to: messageId && messageId.length <= 36 ? messageId : undefined,
    card,
  }
}

type Content = Pick<Notification, 'message' | 'message_format' | 'card'>

function renderKind(reply: Reply, invocation: Invocation): Content {
  if (reply.kind === 'text') return renderText(reply, invocation)
  return reply.kind === 'card' ? renderCard(reply, invocation) : renderFile(reply)
}

/** The service has no message for one person: a whisper is said aloud, to its caller by name. */
function renderText(reply: TextReply, { user }: Invocation): Content {
  const html = reply.format === 'html'
  const text = html ? reply.text : calm(reply.text, reply.notify)
  const called = reply.audience === 'caller' && user.mention ? `@${user.mention} ` : ''
  const address = html ? escapeHtml(called) : calm(called) // people choose their own names
  const fits = address.length + text.length <= textLimit
  return { message: fill(fits ? address + text : text), message_format: html ? 'html' : 'text' }
}

/**
 * In text the service itself sees `@all` and `@here`, and wakes everybody. What people wrote and commands echo must not
 * do that; a reply that is to sound may call them.
 */
function calm(text: string, notify = false): string {
  return notify ? text : guard(text)
}

const guard = createMentionGuard(['all', 'here'])

/** A message without a letter in it would be refused. */
function fill(message: string): string {
  return message.trim() === '' ? '(no text)' : shorten(message, textLimit)
}

/** Clients that know cards show the card, all others the message: it says everything, the card what fits. */
function renderCard({ card, updateKey, notify }: CardReply, invocation: Invocation): Content {
  const id = shortHash(invocation.id, updateKey ? `name ${updateKey}` : JSON.stringify(card))
  const quiet = (text: string) => calm(text, notify)
  return { message: fill(quiet(sayCard(card))), message_format: 'text', card: drawCard(card, id, quiet) }
}

function sayCard({ title, text, url, image, fields = [], buttons = [] }: Card): string {
  return [
    url ? `${title} ${url}` : title,
    text,
    isDrawn(image) ? '' : image,
    ...fields.map(({ label, value, url }) => `${label}: ${value}${url ? ` ${url}` : ''}`),
    ...buttons.map(sayButton),
  ]
    .filter(Boolean)
    .join('\n')
}

/** There are no buttons: what one would type is written out. */
function sayButton({ label, command, url }: CardButton): string {
  return `${label}: ${command ?? url ?? ''}`
}

type Rewrite = (text: string) => string

function drawCard(drawn: Card, id: string, quiet: Rewrite): NotificationCard {
  const { title, text, url, icon, image, fields = [], buttons = [] } = drawn
  const description = quiet([text, ...buttons.map(sayButton)].filter(Boolean).join('\n'))
  const attributes = fields.slice(0, 10).flatMap((field) => drawField(field, quiet))
  return {
    style: 'application',
    format: 'medium',
    id,
    title: shorten(quiet(title.trim()) || '(no title)', 500),
    ...(isHttpUrl(url) ? { url } : {}),
    ...(description ? { description: { format: 'text', value: shorten(description, 1_000) } } : {}),
    ...(isHttpUrl(icon) ? { icon: { url: icon } } : {}),
    ...(isDrawn(image) ? { thumbnail: { url: image } } : {}),
    ...(attributes.length > 0 ? { attributes } : {}),
  }
}

/** A server refuses a card whose thumbnail has a longer address. */
function isDrawn(image: string | undefined): image is string {
  return isHttpUrl(image) && image.length <= 250
}

function drawField({ label, value, url, tone }: NonNullable<Card['fields']>[number], quiet: Rewrite): Attribute[] {
  if (!value) return []
  return [
    {
      ...(label ? { label: shorten(quiet(label), 50) } : {}),
      value: { label: quiet(value), ...(isHttpUrl(url) ? { url } : {}), ...(tone ? { style: lozenges[tone] } : {}) },
    },
  ]
}

/** The room takes files from people only: what is text is shown, of all else the name. */
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

/** As much from the front as fits once it is escaped; no entity and no grapheme is cut. */
function firstEscaped(text: string, limit: number): string {
  let [shown, left] = [Math.min(text.length, limit), limit]
  for (let at = 0; at < shown; at++) {
    left -= escapeHtml(text.charAt(at)).length
    if (left < 0) shown = at
  }
  return escapeHtml(text.slice(0, graphemeBoundary(text, shown)))
}

const colors = { neutral: 'gray', info: 'purple', good: 'green', warning: 'yellow', bad: 'red' } as const

const lozenges: Readonly<Record<Tone, string>> = {
  neutral: 'lozenge',
  info: 'lozenge-complete',
  good: 'lozenge-success',
  warning: 'lozenge-current',
  bad: 'lozenge-error',
}
