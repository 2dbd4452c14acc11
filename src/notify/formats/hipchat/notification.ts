import { type Reply, say, type Tone } from '../../../model/reply.js'
import { shortHash } from '../../../shared/crypto.js'
import { RefusedError } from '../../refusal.js'
import { draftReply, withStyle } from '../card-draft.js'
import { invalid, readFlag, readString } from '../members.js'
import type { Fields } from '../request-fields.js'
import { readCard } from './card.js'
import { htmlToText } from './html-to-text.js'
import { toSafeHtml } from './safe-html.js'

/** A notification, and warnings about parts that were left out. */
export interface ReadNotification {
  readonly reply: Reply
  readonly warning?: string
}

/** Reads a notification of either version of the API. `longestFrom`: the longest `from` allowed. */
export function readNotification(fields: Fields, longestFrom: number): ReadNotification {
  const message = readMessage(fields)
  const isText = readFormat(fields) === 'text'
  const style = {
    tone: readTone(fields, message),
    notify: readFlag(fields, 'notify'),
    from: readFrom(fields, longestFrom),
  }
  const text = isText ? say(message) : say(toSafeHtml(message), { format: 'html' })
  const card = hasCard(fields) ? readCard(fields['card']) : undefined
  if (!card) return { reply: withStyle(text, style) }
  if ('fault' in card) return { reply: withStyle(text, style), warning: `The card was left out: ${card.fault}` }
  const said = card.draft.text ?? (isText ? message : htmlToText(message))
  return { reply: draftReply({ ...card.draft, text: said }, style) }
}

function hasCard({ card }: Fields): boolean {
  return card !== undefined && card !== null && card !== ''
}

function readMessage(fields: Fields): string {
  const message = readString(fields, 'message') ?? ''
  if (message.trim() === '') throw new RefusedError('message is missing or empty.', 'no-text')
  const isLong = message.length > longestMessage && Array.from(message).length > longestMessage
  return isLong ? invalid(`message must not be longer than ${longestMessage} characters.`) : message
}

const longestMessage = 10_000

function readFormat(fields: Fields): 'html' | 'text' {
  const format = readString(fields, 'message_format') ?? 'html'
  return format === 'html' || format === 'text' ? format : invalid('message_format must be html or text.')
}

function readFrom(fields: Fields, most: number): string | undefined {
  const from = readString(fields, 'from')?.trim() || undefined
  const fits = from === undefined || Array.from(from).length <= most
  return fits ? from : invalid(`from must not be longer than ${most} characters.`)
}

function readTone(fields: Fields, message: string): Tone {
  const color = readString(fields, 'color') ?? 'yellow'
  if (color === 'random') return randomTone(message)
  const names = [...tones.keys()].filter((name) => name !== 'grey')
  return tones.get(color) ?? invalid(`color must be one of ${names.join(', ')}, random.`)
}

/** Derived from the message, so that resending it gives the same color. */
function randomTone(message: string): Tone {
  const all = [...new Set(tones.values())]
  return all[shortHash(message).charCodeAt(0) % all.length] ?? 'warning'
}

/** The inverse of how we send tones to HipChat. */
const tones: ReadonlyMap<string, Tone> = new Map([
  ['yellow', 'warning'],
  ['green', 'good'],
  ['red', 'bad'],
  ['purple', 'info'],
  ['gray', 'neutral'],
  ['grey', 'neutral'],
])
