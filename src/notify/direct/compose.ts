import { splitText } from '../../delivery/split.js'
import { UsageError } from '../../model/errors.js'
import { type Card, card, say, type Tone } from '../../model/reply.js'
import { toPrintable } from '../../shared/printable.js'
import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import type { NotifyOptions } from './options.js'
import type { Notification } from './wire-format.js'

/** The content of a notification. */
export type Content = Pick<NotifyOptions, 'title' | 'url' | 'tone' | 'fields' | 'key'>

/** The posts to send, in order; text longer than `limit` is split. Throws UsageError. */
export function compose(text: string, content: Content, limit: number): readonly Notification[] {
  check(text, content)
  const options = content.tone ? { tone: content.tone } : {}
  const shown = toCard(text, content)
  const [first, ...rest] = shown ? splitText(shown.text ?? '', roomBeside(shown, limit)) : splitText(text, limit)
  const head = shown ? card({ ...shown, ...(first ? { text: first } : {}) }, options) : say(first ?? '', options)
  return [head, ...rest.map((part) => say(part, options))]
}

/** The card; undefined if plain text is enough. Without a title, the first line is used. */
function toCard(text: string, { title, url, fields = [] }: Content): Card | undefined {
  if (!title?.trim() && !url && fields.length === 0) return undefined
  const more = { ...(url ? { url } : {}), ...(fields.length > 0 ? { fields } : {}) }
  if (title?.trim()) return { title: toPrintable(title), ...(text.trim() ? { text } : {}), ...more }
  const [line = '', ...lines] = text.trim().split('\n')
  const rest = lines.join('\n')
  if (line.length > longestTitle) return { title: shorten(line, longestTitle), text, ...more }
  return { title: line, ...(rest.trim() ? { text: rest } : {}), ...more }
}

/** The space left for a card's text: services count the whole card. */
function roomBeside({ title, url = '', fields = [] }: Card, limit: number): number {
  const taken = fields.reduce(
    (sum, { label, value }) => sum + label.length + value.length + 4,
    title.length + url.length,
  )
  return Math.max(limit - taken, Math.floor(limit / 4))
}

/** The length that every service shows completely. */
const longestTitle = 120
const mostFields = 25

function check(text: string, { title, url, tone, fields = [], key }: Content): void {
  if (typeof text !== 'string') throw new UsageError('the text must be a string.')
  if (text.trim() === '' && !title?.trim()) throw new UsageError('the text must not be empty.')
  if (Buffer.byteLength(text) > mostBytes) throw new UsageError('the text must not be longer than 1,048,576 bytes.')
  if (url !== undefined && !isHttpUrl(url)) throw new UsageError('the url must begin with https:// or http://.')
  if (tone !== undefined && !tones.includes(tone)) throw new UsageError(`the tone must be one of ${tones.join(', ')}.`)
  if (fields.some(({ label, value }) => typeof label !== 'string' || typeof value !== 'string'))
    throw new UsageError('the label and the value of a field must be strings.')
  if (fields.length > mostFields) throw new UsageError(`there must be no more than ${mostFields} fields.`)
  if (key !== undefined && !/^[!-~](?:[ -~]{0,253}[!-~])?$/.test(key))
    throw new UsageError('the key must be 1 to 255 printable ASCII characters.')
}

/** The largest body that a bot accepts. */
export const mostBytes = 1_048_576

/** The possible tones. */
export const tones: readonly Tone[] = ['good', 'bad', 'warning', 'info', 'neutral']
