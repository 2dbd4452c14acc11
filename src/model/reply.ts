/** The meaning of a reply's color. */
export type Tone = 'neutral' | 'info' | 'good' | 'warning' | 'bad'

/** Options of every kind of reply. */
export interface ReplyOptions {
  readonly tone?: Tone
  /** Whether to alert people's devices. */
  readonly notify?: boolean
  /** A later reply of the same call with the same key replaces this one, if the platform can edit messages. */
  readonly updateKey?: string
}

/** Who sees a reply: everyone in the room, or only the caller. */
export type Audience = 'room' | 'caller'

/** A reply of plain text or trusted HTML. */
export interface TextReply extends ReplyOptions {
  readonly kind: 'text'
  readonly text: string
  /** `text` (the default) is shown as is. `html` is trusted markup: pass anything that people wrote through `escapeHtml`. */
  readonly format?: 'text' | 'html'
  readonly audience: Audience
}

/** A labeled value on a card. */
export interface CardField {
  readonly label: string
  readonly value: string
  readonly url?: string
  readonly tone?: Tone
}

/** A button on a card. It runs `command` as the user who presses it, or opens `url`. */
export interface CardButton {
  readonly label: string
  readonly command?: string
  readonly url?: string
  readonly tone?: Tone
}

/** A rich message. Each platform shows as much of it as it can, and the rest as text. */
export interface Card {
  readonly title: string
  readonly text?: string
  readonly url?: string
  readonly icon?: string
  readonly image?: string
  readonly fields?: readonly CardField[]
  readonly buttons?: readonly CardButton[]
}

/** A reply that shows a card. */
export interface CardReply extends ReplyOptions {
  readonly kind: 'card'
  readonly card: Card
  readonly audience: Audience
}

/** A reply that shows a file. */
export interface FileReply extends ReplyOptions {
  readonly kind: 'file'
  readonly name: string
  /** The file's media type, like `text/csv`. */
  readonly type: string
  /** The file's bytes, in base64. */
  readonly content: string
  readonly text?: string
  readonly audience: Audience
}

/** What a command replies with. Plain JSON. */
export type Reply = TextReply | CardReply | FileReply

/** How a call ended. `ignored`: not a command of this bot. `interrupted`: the process died while it was running. */
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

/** Creates a reply to the room. Set `format: 'html'` only for trusted markup. */
export function say(text: string, options?: ReplyOptions & { readonly format?: 'text' | 'html' }): TextReply {
  const reply: TextReply = { kind: 'text', text, audience: 'room' }
  return options ? { ...reply, ...options } : reply
}

/** Creates a reply that only the caller sees. On platforms without private replies, it goes to the room, addressed to the caller. */
export function whisper(text: string, options: ReplyOptions = {}): TextReply {
  return { kind: 'text', text, audience: 'caller', ...options }
}

/** Creates a reply that shows a card to the room, or only to the caller with `audience: 'caller'`. */
export function card(card: Card, options: ReplyOptions & { readonly audience?: Audience } = {}): CardReply {
  return { kind: 'card', card, audience: 'room', ...options }
}

/** Creates a reply that shows a file to the room. `content` is a string (sent as UTF-8) or bytes. */
export function file(
  name: string,
  content: string | Uint8Array,
  options: ReplyOptions & { readonly type?: string; readonly text?: string } = {},
): FileReply {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const { type = 'text/plain', ...rest } = options
  return { kind: 'file', name, type, content: toBase64(bytes), audience: 'room', ...rest }
}

/** Escapes text for use in an `html` reply. */
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
