import { type Card, type CardButton, type CardField, card, type Reply, say, type Tone } from '../../model/reply.js'
import { invalid, present } from './members.js'

/** The parts of a reply that a sender gave. */
export interface CardDraft {
  readonly title?: string | undefined
  readonly text?: string | undefined
  readonly url?: string | undefined
  readonly icon?: string | undefined
  readonly image?: string | undefined
  readonly fields?: readonly CardField[] | undefined
  readonly buttons?: readonly CardButton[] | undefined
}

/** What a sender says about a reply besides its content. */
export interface ReplyStyle {
  readonly tone?: Tone | undefined
  readonly notify?: boolean | undefined
  /** The author, as named by the sender. */
  readonly from?: string | undefined
}

/** A reply with these properties. */
export function withStyle(reply: Reply, style: ReplyStyle): Reply {
  return { ...reply, ...present(style) }
}

/** Creates a card, or a text if there is nothing else. Without a title, the card gets the text's first line. */
export function draftReply(draft: CardDraft, style: ReplyStyle): Reply {
  const { title, text = '', fields = [], buttons = [], ...rest } = draft
  if (fields.length > mostFields) invalid(`There must not be more than ${mostFields} fields.`)
  if (buttons.length > mostButtons) invalid(`There must not be more than ${mostButtons} buttons.`)
  const parts = present({ ...rest, ...(fields.length > 0 && { fields }), ...(buttons.length > 0 && { buttons }) })
  if (title === undefined && Object.keys(parts).length === 0) return withStyle(say(text), style)
  return withStyle(card({ ...titled(title, text), ...parts }), style)
}

const mostFields = 100
const mostButtons = 25

function titled(title: string | undefined, text: string): Pick<Card, 'title' | 'text'> {
  const [first = '', ...rest] = title === undefined ? text.trim().split('\n') : [title, text]
  const below = rest.join('\n').trim()
  return { title: first, ...(below !== '' && { text: below }) }
}
