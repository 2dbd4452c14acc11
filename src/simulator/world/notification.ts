import {
  closedObject,
  object,
  ofType,
  oneOf,
  optional,
  refuse,
  required,
  text,
  textOr,
  wrongType,
} from './body-checks.js'

/** A card's own JSON, as sent. */
export type Card = Readonly<Record<string, unknown>>

/** A valid notification. */
export interface Notification {
  readonly message: string
  readonly message_format: 'html' | 'text'
  readonly color: string
  readonly notify: boolean
  readonly from?: string
  readonly attach_to?: string
  readonly card?: Card
}

/** Reads a notification's body; refuses it like the real server did, with the field and the violated rule. */
export function readNotification(body: unknown): Notification {
  checkNotification(body, '')
  const { message, message_format, color, notify, from, attach_to, card } = body as Notification // validated above
  return {
    message,
    message_format: message_format === 'text' ? 'text' : 'html',
    color: color ?? 'yellow',
    notify: notify ?? false,
    ...(from ? { from } : {}),
    ...(attach_to ? { attach_to } : {}),
    ...(card ? { card } : {}),
  }
}

/** Validates a card by the server's schema; unknown members are kept. */
export function readCard(body: unknown): Card {
  checkCard(body, 'card')
  return body as Card
}

const nonEmpty = text(1)
const checkIcon = textOr(nonEmpty, object({ url: required(nonEmpty), 'url@2x': optional(nonEmpty) }))
const shortUrl = text(1, 250)
const checkThumbnail = object({
  url: required(shortUrl),
  'url@2x': optional(shortUrl),
  width: ofType('number'),
  height: ofType('number'),
})
const checkDescription = textOr(
  text(0, 1000),
  closedObject({ format: required(oneOf(['html', 'text'])), value: required(text(1, 1000)) }),
)
const lozenges = ['', '-success', '-error', '-current', '-complete', '-moved'].map((kind) => `lozenge${kind}`)
const checkAttribute = closedObject({
  label: optional(text(1, 50)),
  value: required(
    closedObject({
      label: required(nonEmpty),
      url: optional(nonEmpty),
      style: optional(oneOf(lozenges)),
      icon: optional(checkIcon),
    }),
  ),
})
const checkCard = object({
  style: required(oneOf(['file', 'image', 'application', 'link', 'media'])),
  id: required(nonEmpty),
  title: required(text(1, 500)),
  format: optional(oneOf(['compact', 'medium'])),
  url: optional(nonEmpty),
  description: optional(checkDescription),
  icon: optional(checkIcon),
  thumbnail: optional(checkThumbnail),
  attributes: optional(checkAttributes),
  activity: optional(closedObject({ html: required(nonEmpty), icon: optional(checkIcon) })),
})
const checkNotification = object({
  message: required(text(1, 10_000)),
  message_format: optional(oneOf(['html', 'text'])),
  color: optional(oneOf(['yellow', 'green', 'red', 'purple', 'gray', 'random'])),
  notify: ofType('boolean'),
  from: optional(text(0, 64)),
  attach_to: optional(text(0, 36)),
  card: optional(checkCard),
})

function checkAttributes(given: unknown, field: string): void {
  if (!Array.isArray(given)) wrongType(field, given, 'array')
  if (given.length < 1) refuse(field, given, 'minItems', '%v for field %f must have at least 1 items')
  if (given.length > 10) refuse(field, given, 'maxItems', '%v for field %f must have at most 10 items')
  for (const [at, one] of given.entries()) checkAttribute(one, `${field}[${at}]`)
}
