import type { Invocation, User } from '../../model/invocation.js'
import type { FileReply, Reply, TextReply } from '../../model/reply.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { anyName, createMentionGuard } from '../../shared/mention-guard.js'
import { shorten } from '../../shared/text.js'
import { toneEmoji } from '../rendering.js'
import { drawCard } from './card.js'
import type { ButtonLine } from './commands/button-lines.js'
import { escapeText, toTelegramHtml, visibleLength } from './html.js'
import { durableReplyTo } from './reply-target.js'
import { type Attachment, type Content, captionLimit, textLimit } from './wire.js'

/** A reply as a message; with a file, its text is the caption. */
export interface Rendered {
  readonly content: Content
  readonly file?: Attachment
  /** Lines to store before the buttons can be pressed. */
  readonly kept: readonly ButtonLine[]
  /** False: devices make no sound. */
  readonly sounds: boolean
}

/**
 * Renders a reply. `aloud`: a private reply that has to be sent publicly. `elsewhere`: it is shown in another chat than the
 * call's, in which its buttons type.
 */
export function render(reply: Reply, invocation: Invocation, place?: 'aloud' | 'elsewhere'): Rendered {
  const { user, notification } = invocation
  const quiet = notification && !notification.mentions ? wakesNobody : (html: string) => html
  const { html, file, kept = [], ...rest } = renderKind(reply, place === 'elsewhere' ? toOrigin(invocation) : undefined)
  const text = addressed(quiet(html), place === 'aloud' ? user : undefined, file ? captionLimit : textLimit)
  return {
    content: { text, parse_mode: 'HTML', ...rest },
    ...(file ? { file } : {}),
    kept,
    sounds: reply.notify !== false,
  }
}

interface Drawn extends Omit<Partial<Content>, 'text' | 'parse_mode'> {
  readonly html: string
  readonly file?: Attachment
  readonly kept?: readonly ButtonLine[]
}

function renderKind(reply: Reply, origin?: ReplyTarget): Drawn {
  if (reply.kind === 'text') return { html: renderText(reply) }
  if (reply.kind === 'file') return renderFile(reply)
  const { html, keyboard, image, kept } = drawCard(reply.card, reply.tone, origin)
  const preview = image ? { url: image, prefer_large_media: true } : { is_disabled: true }
  return { html, kept, link_preview_options: preview, ...(keyboard ? { reply_markup: keyboard } : {}) }
}

function toOrigin({ installation, tenant, room, replyTo }: Invocation): ReplyTarget {
  return { installation, tenant, room, replyTo: durableReplyTo(replyTo) }
}

/** The name of the recipient, if there is room; a reply to their message shows it anyway. */
function addressed(html: string, user: User | undefined, limit: number): string {
  if (!user || !/^\d+$/.test(user.id)) return html
  const address = `<a href="tg://user?id=${user.id}">${escapeText(shorten(user.name, 64))}</a>: `
  return visibleLength(address + html) <= limit ? address + html : html
}

/** The outbox splits by text length, so the tone's emoji is dropped if there is no room for it. */
function renderText({ text, format, tone = 'neutral' }: TextReply): string {
  const html = format === 'html' ? fitted(toTelegramHtml(text)) : escapeText(text.trimEnd())
  if (html.trim() === '') return `${toneEmoji[tone]}(no text)`
  const signed = toneEmoji[tone] + html
  return visibleLength(signed) <= textLimit ? signed : html
}

/** Nested lists get longer through indentation. */
function fitted(html: string): string {
  return visibleLength(html) <= textLimit ? html : html.replace(/^ +/gm, '')
}

function renderFile({ name, type, content, text, tone = 'neutral' }: FileReply): Drawn {
  const bytes = Buffer.from(content, 'base64')
  const caption = text ? toneEmoji[tone] + escapeText(shorten(text, captionLimit - 100)) : ''
  if (bytes.length === 0 || bytes.length > largestFile) {
    const note = escapeText(
      `${shorten(name, 200)} (${bytes.length} bytes) ${bytes.length === 0 ? 'is empty.' : 'is too large here.'}`,
    )
    return { html: [caption, note].filter(Boolean).join('\n') }
  }
  return { html: caption, file: { name: shorten(name.trim() || 'file', 200), type, bytes } }
}

/** https://core.telegram.org/bots/api#senddocument */
const largestFile = 50 * 1_048_576

const wakesNobody = createMentionGuard([anyName])
