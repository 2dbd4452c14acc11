/** What a reply's colour means. */
export type Tone = 'neutral' | 'info' | 'good' | 'warning' | 'bad'

/** What every kind of reply can carry. */
export interface ReplyOptions {
  readonly tone?: Tone
  /** Whether people's devices should sound. */
  readonly notify?: boolean
  /** A name: a later reply of the same call with the same name takes this one's place, where the platform can edit. */
  readonly updateKey?: string
}

/** Who sees a reply: everybody in the room, or the caller alone. */
export type Audience = 'room' | 'caller'

/** Plain text, or HTML of the command's own making. */
export interface TextReply extends ReplyOptions {
  readonly kind: 'text'
  readonly text: string
  /** `text` is the default and shown as typed; `html` is trusted markup: escape what people wrote with `escapeHtml`. */
  readonly format?: 'text' | 'html'
  readonly audience: Audience
}

/** A labelled value on a card. */
export interface CardField {
  readonly label: string
  readonly value: string
  readonly url?: string
  readonly tone?: Tone
}

/** A button on a card: it types `command` for the user who presses it, or opens `url`. */
export interface CardButton {
  readonly label: string
  readonly command?: string
  readonly url?: string
  readonly tone?: Tone
}

/** One description of a rich answer; each platform shows as much of it as it can, and the rest as text. */
export interface Card {
  readonly title: string
  readonly text?: string
  readonly url?: string
  readonly icon?: string
  readonly image?: string
  readonly fields?: readonly CardField[]
  readonly buttons?: readonly CardButton[]
}

/** The rich part of an answer. */
export interface CardReply extends ReplyOptions {
  readonly kind: 'card'
  readonly card: Card
  readonly audience: Audience
}

/** A file to show. */
export interface FileReply extends ReplyOptions {
  readonly kind: 'file'
  readonly name: string
  /** The file's media type, such as `text/csv`. */
  readonly type: string
  /** The bytes, base64. */
  readonly content: string
  readonly text?: string
  readonly audience: Audience
}

/** What a command answers with. Plain JSON. */
export type Reply = TextReply | CardReply | FileReply

/** How a call ended. `ignored`: no command of ours. `interrupted`: the process died under it. */
export type Outcome =
  | 'done'
  | 'ignored'
  | 'usage'
  | 'forbidden'
  | 'throttled'
  | 'failed'
  | 'timeout'
  | 'interrupted'
  | 'undeliverable'
  | 'uninstalled'

/** Says something to the room. */
export function say(text: string, options?: ReplyOptions & { readonly format?: 'text' | 'html' }): TextReply {
  const reply: TextReply = { kind: 'text', text, audience: 'room' }
  return options ? { ...reply, ...options } : reply
}

/** Says something to the caller alone, where the platform can; else to the room, addressed to the caller. */
export function whisper(text: string, options: ReplyOptions = {}): TextReply {
  return { kind: 'text', text, audience: 'caller', ...options }
}

/** Shows a card to the room. */
export function card(card: Card, options: ReplyOptions & { readonly audience?: Audience } = {}): CardReply {
  return { kind: 'card', card, audience: 'room', ...options }
}

/** Shows a file to the room. `content` is text, or bytes. */
export function file(
  name: string,
  content: string | Uint8Array,
  options: ReplyOptions & { readonly type?: string; readonly text?: string } = {},
): FileReply {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const { type = 'text/plain', ...rest } = options
  return { kind: 'file', name, type, content: toBase64(bytes), audience: 'room', ...rest }
}

/** Escapes text for a reply whose format is `html`. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
