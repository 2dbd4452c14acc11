/** A message for the Web API and for a response_url. https://docs.slack.dev/messaging/formatting-message-text */
export interface Message {
  readonly text?: string | undefined
  /** False: characters such as `*` and `_` are not markup. */
  readonly mrkdwn?: boolean | undefined
  readonly blocks?: readonly Block[] | undefined
  readonly attachments?: readonly Attachment[] | undefined
}

/** A colored bar with text or blocks next to it. */
export interface Attachment {
  readonly color: string
  readonly fallback: string
  readonly text?: string
  readonly mrkdwn_in?: readonly string[]
  readonly blocks?: readonly Block[]
}

/** A piece of a message. https://docs.slack.dev/reference/block-kit/blocks */
export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | {
      readonly type: 'section'
      readonly text?: MarkedText
      readonly fields?: readonly MarkedText[]
      readonly accessory?: Image
    }
  | ({ readonly type: 'image'; readonly title?: PlainText } & Omit<Image, 'type'>)
  | { readonly type: 'actions'; readonly elements: readonly Button[] }
  | { readonly type: 'context'; readonly elements: readonly MarkedText[] }

/** Plain text. */
export interface PlainText {
  readonly type: 'plain_text'
  readonly text: string
  readonly emoji?: boolean
}

/** Text with the service's markup. */
export interface MarkedText {
  readonly type: 'mrkdwn'
  readonly text: string
  readonly verbatim?: boolean
}

/** An image on the web. */
export interface Image {
  readonly type: 'image'
  readonly image_url: string
  readonly alt_text: string
}

/** A button: `url` opens a page, `value` is sent to the bot. */
export interface Button {
  readonly type: 'button'
  readonly action_id: string
  readonly text: PlainText
  readonly value?: string
  readonly url?: string
  readonly style?: 'primary' | 'danger'
}
