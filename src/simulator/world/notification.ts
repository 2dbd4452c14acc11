import { isRecord } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import { repr } from '../python-json.js'

/** A card's own JSON, as it was sent. */
export type Card = Readonly<Record<string, unknown>>

/** A notification that is fit for a room. */
export interface Notification {
  readonly message: string
  readonly message_format: 'html' | 'text'
  readonly color: string
  readonly notify: boolean
  readonly from?: string
  readonly attach_to?: string
  readonly card?: Card
}

/** Reads a notification's body; refuses it as the real server did, with the field and the rule that failed. */
export function readNotification(body: unknown): Notification {
  checkNotification(body, '')
  const { message, message_format, color, notify, from, attach_to, card } = body as Notification // checked just now
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

/** Checks a card by the server's schema; members that it does not know are kept. */
export function readCard(body: unknown): Card {
  checkCard(body, 'card')
  return body as Card
}

/** Throws ApiError where the value of a field is not as it must be. */
type Check = (value: unknown, field: string) => void

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

function required(check: Check): Check {
  return (value, field) => (value === undefined ? missing(field) : check(value, field))
}

function optional(check: Check): Check {
  return (value, field) => (value === undefined || value === null ? undefined : check(value, field))
}

function object(members: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    if (!isRecord(value)) wrongType(field, value, 'object')
    for (const [name, check] of Object.entries(members)) check(value[name], field === '' ? name : `${field}.${name}`)
  }
}

/** One that has no other members. */
function closedObject(members: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    object(members)(value, field)
    const stray = Object.entries(value as Card).find(([name]) => !Object.hasOwn(members, name))
    if (!stray) return
    const fault = 'Field %f contains additional properties not defined'
    refuse(`${field}.${stray[0]}`, stray[1], 'additionalProperties', fault)
  }
}

function textOr(short: Check, long: Check): Check {
  return (value, field) => (typeof value === 'string' ? short(value, field) : long(value, field))
}

/** From `least` to `most` characters. */
function text(least: number, most = Number.POSITIVE_INFINITY): Check {
  return (value, field) => {
    if (typeof value !== 'string') wrongType(field, value, 'string')
    const size = Array.from(value).length
    const must = 'Length of value %v for field %f must be'
    if (size < least) refuse(field, value, 'minLength', `${must} greater than or equal to ${least}`)
    if (size > most) refuse(field, value, 'maxLength', `${must} less than or equal to ${most}`)
  }
}

function ofType(type: 'boolean' | 'number'): Check {
  return (value, field) => {
    if (value !== undefined && typeof value !== type) wrongType(field, value, type)
  }
}

function oneOf(values: readonly string[]): Check {
  return (value, field) => {
    if (value === null) missing(field)
    if (values.some((one) => one === value)) return
    refuse(field, value, 'enum', `Value %v for field %f is not in the enumeration: ${repr(values)}`)
  }
}

function wrongType(field: string, value: unknown, type: string): never {
  refuse(field, value, 'type', `Value %v for field %f is not of type '${type}'`, { expected_type: type })
}

function missing(field: string): never {
  throw new ApiError(400, `Required field '${field}' is missing`, { field, validation: 'required' })
}

function refuse(field: string, value: unknown, validation: string, template: string, more: object = {}): never {
  const message = template.replace('%v', () => repr(value).slice(0, 1000)).replace('%f', () => `'${field}'`)
  throw new ApiError(400, message, { ...more, field, validation, value })
}
