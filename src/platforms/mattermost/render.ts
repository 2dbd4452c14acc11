import type { Notification } from '../../model/notification.js'
import type { CardButton, CardField, CardReply, FileReply, Reply, TextReply } from '../../model/reply.js'
import { graphemeBoundary, shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { isTextMediaType, nonHttpUrls, toneEmoji } from '../rendering.js'
import { toMarkdown } from './html-to-markdown.js'
import {
  escapeMarkdown,
  fence,
  link,
  suppressAllMentions,
  suppressMentions,
  suppressMentionsInCode,
} from './markdown.js'
import { type Action, type Attachment, messageLimit } from './wire.js'

/** The contents of a post: Markdown, and attachments below it. */
export interface Content {
  readonly message: string
  readonly attachments: readonly Attachment[]
}

/** Creates the context that a button sends when it is pressed. */
export type Press = (line: string) => Action['integration']

/** Converts a reply to a post. Without `press`, buttons are written out. */
export function render(reply: Reply, press?: Press, notification?: Notification): Content {
  const quiet = quieter(reply, notification)
  const quietInCode = (notification ? notification.mentions : reply.notify) ? asItIs : suppressMentionsInCode
  if (reply.kind === 'text') return renderText(reply, quiet, quietInCode)
  if (reply.kind === 'file') return { message: renderFile(reply, quiet), attachments: [] }
  return { message: '', attachments: [drawCard(reply, (text) => quiet(escapeMarkdown(text)), press)] }
}

/** The text of a post with an uploaded file. */
export function renderNote(reply: FileReply, notification?: Notification): Content {
  return { message: quieter(reply, notification)(escapeMarkdown(reply.text ?? '')), attachments: [] }
}

type Rewrite = (text: string) => string

/** A reply that notifies may mention everybody; a sender's post may not. */
function quieter({ notify }: Reply, notification?: Notification): Rewrite {
  if (notification && !notification.mentions) return suppressAllMentions
  return notify || notification ? asItIs : suppressMentions
}

function asItIs(text: string): string {
  return text
}

/** A tone is the color of the line next to an attachment; a text without one is a plain message. */
function renderText({ text, format, tone = 'neutral' }: TextReply, quiet: Rewrite, quietInCode: Rewrite): Content {
  const markdown = quiet(format === 'html' ? toMarkdown(text) : escapeMarkdown(text))
  // Text that escaping makes too long is shown unescaped, in a code block.
  const message = fill(markdown.length <= messageLimit ? markdown : quietInCode(fence(text)))
  if (tone === 'neutral') return { message, attachments: [] }
  return { message: '', attachments: [{ fallback: quiet(shorten(text, 300)), color: colors[tone], text: message }] }
}

/** The server refuses an empty post. */
function fill(message: string): string {
  return message.trim() === '' ? '(no text)' : message
}

function drawCard({ card, tone = 'neutral' }: CardReply, write: Rewrite, press?: Press): Attachment {
  const { title, url, icon, image, fields = [], buttons = [] } = card
  const linked = isHttpUrl(url)
  const pressable = press ? buttons.filter(isPressable) : []
  const written = buttons.filter((button) => !pressable.some((one) => one === button))
  const text = [
    card.text ? write(card.text) : '',
    ...written.map((button) => writeButton(button, write)),
    ...nonHttpUrls(card).map(write),
  ]
  const said = text.filter(Boolean).join('\n')
  return {
    fallback: suppressMentions(shorten(title, 300)),
    color: colors[tone],
    // A linked title is shown as is; otherwise it is read as Markdown.
    title: linked ? suppressMentions(title.trim() || url) : write(title.trim() || '(no title)'),
    ...(linked ? { title_link: url } : {}),
    ...(said ? { text: said } : {}),
    ...(fields.length > 0 ? { fields: fields.map((field) => drawField(field, write)) } : {}),
    ...(isHttpUrl(icon) ? { thumb_url: icon } : {}),
    ...(isHttpUrl(image) ? { image_url: image } : {}),
    ...(press && pressable.length > 0 ? { actions: pressable.map((button, at) => drawButton(button, at, press)) } : {}),
  }
}

/** Fields have no color, so an emoji shows it. */
function drawField({ label, value, url, tone = 'neutral' }: CardField, write: Rewrite) {
  const text = write(value)
  const shown = isHttpUrl(url) ? link(text || write(url), url) : text
  // A field's title is no Markdown, so a backslash would be visible.
  return { title: suppressMentions(label), value: toneEmoji[tone] + shown, short: true }
}

type Pressable = CardButton & { readonly command: string }

function isPressable(button: CardButton): button is Pressable {
  return Boolean(button.command) && button.label.trim() !== ''
}

/** Ids may contain only letters and digits, because they are part of an address. Like a field's title, a label is no Markdown. */
function drawButton({ label, command, tone = 'neutral' }: Pressable, at: number, press: Press): Action {
  const name = suppressMentions(label)
  return { id: `button${at}`, type: 'button', name, style: styles[tone], integration: press(command) }
}

/** Buttons cannot open an address, so these are links. */
function writeButton({ label, command, url }: CardButton, write: Rewrite): string {
  if (command) return `${write(label)}: ${write(command)}`
  return isHttpUrl(url) ? link(write(label) || write(url), url) : `${write(label)}: ${write(url ?? '')}`
}

/** A file that cannot be uploaded: text is shown, of other files only the name. */
function renderFile({ name, type, content, text }: FileReply, quiet: Rewrite): string {
  const bytes = Buffer.from(content, 'base64')
  const head = `${text ? `${escapeMarkdown(shorten(text, 4_000))}\n` : ''}**${escapeMarkdown(shorten(name, 200))}**`
  const size = `(${bytes.length} bytes)`
  if (!isTextMediaType(type) || bytes.length === 0) return quiet(`${head} ${size}`)
  const whole = bytes.toString('utf8')
  const shown = whole.slice(0, graphemeBoundary(whole, Math.max(0, messageLimit - 2 * head.length - 1_000)))
  const note = shown.length < whole.length ? ` ${size}, the beginning:` : ''
  const block = fence(shown)
  return quiet(`${head}${note}\n${block.length + head.length + 100 <= messageLimit ? block : size}`)
}

const colors = { neutral: '#8d99a6', info: '#2f6fde', good: '#2e9e5b', warning: '#e0a800', bad: '#d24b4e' } as const

const styles = { neutral: 'default', info: 'primary', good: 'good', warning: 'warning', bad: 'danger' } as const
