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
  const given = object(body, '')
  const message = text(given, 'message', { least: 1, most: 10_000 })
  const format = oneOf(given, 'message_format', ['html', 'text'])
  const color = oneOf(given, 'color', ['yellow', 'green', 'red', 'purple', 'gray', 'random'])
  const notify = given['notify']
  if (notify !== undefined && typeof notify !== 'boolean') wrongType('notify', notify, 'boolean')
  const from = optionalText(given, 'from', { most: 64 })
  const attachTo = optionalText(given, 'attach_to', { most: 36 })
  const card = given['card'] === undefined || given['card'] === null ? undefined : readCard(given['card'])
  return {
    message,
    message_format: format === 'text' ? 'text' : 'html',
    color: color ?? 'yellow',
    notify: notify ?? false,
    ...(from ? { from } : {}),
    ...(attachTo ? { attach_to: attachTo } : {}),
    ...(card ? { card } : {}),
  }
}

/** Checks a card by the server's schema; members that it does not know are kept. */
export function readCard(body: unknown): Card {
  const card = object(body, 'card')
  oneOf(card, 'style', ['file', 'image', 'application', 'link', 'media'], 'card.', true)
  text(card, 'id', { least: 1 }, 'card.')
  text(card, 'title', { least: 1, most: 500 }, 'card.')
  oneOf(card, 'format', ['compact', 'medium'], 'card.')
  optionalText(card, 'url', { least: 1 }, 'card.')
  readDescription(card['description'])
  readIcon(card['icon'], 'card.icon')
  readThumbnail(card['thumbnail'])
  readAttributes(card['attributes'])
  readActivity(card['activity'])
  return card
}

function readDescription(given: unknown): void {
  if (given === undefined || given === null) return
  if (typeof given === 'string') {
    length('card.description', given, { most: 1000 })
    return
  }
  const description = object(given, 'card.description')
  oneOf(description, 'format', ['html', 'text'], 'card.description.', true)
  text(description, 'value', { least: 1, most: 1000 }, 'card.description.')
  nothingElse(description, ['format', 'value'], 'card.description')
}

function readIcon(given: unknown, field: string): void {
  if (given === undefined || given === null) return
  if (typeof given === 'string') {
    length(field, given, { least: 1 })
    return
  }
  const icon = object(given, field)
  text(icon, 'url', { least: 1 }, `${field}.`)
  optionalText(icon, 'url@2x', { least: 1 }, `${field}.`)
}

function readThumbnail(given: unknown): void {
  if (given === undefined || given === null) return
  const thumbnail = object(given, 'card.thumbnail')
  text(thumbnail, 'url', { least: 1, most: 250 }, 'card.thumbnail.')
  optionalText(thumbnail, 'url@2x', { least: 1, most: 250 }, 'card.thumbnail.')
  for (const side of ['width', 'height']) {
    const value = thumbnail[side]
    if (value !== undefined && typeof value !== 'number') wrongType(`card.thumbnail.${side}`, value, 'number')
  }
}

function readAttributes(given: unknown): void {
  if (given === undefined || given === null) return
  if (!Array.isArray(given)) wrongType('card.attributes', given, 'array')
  const list = given as readonly unknown[]
  if (list.length < 1) refuse('card.attributes', given, 'minItems', '%v for field %f must have at least 1 items')
  if (list.length > 10) refuse('card.attributes', given, 'maxItems', '%v for field %f must have at most 10 items')
  list.forEach((one, at) => {
    readAttribute(object(one, `card.attributes[${at}]`), `card.attributes[${at}]`)
  })
}

const lozenges = ['', '-success', '-error', '-current', '-complete', '-moved'].map((kind) => `lozenge${kind}`)

function readAttribute(attribute: Card, field: string): void {
  optionalText(attribute, 'label', { least: 1, most: 50 }, `${field}.`)
  if (attribute['value'] === undefined) missing(`${field}.value`)
  const value = object(attribute['value'], `${field}.value`)
  text(value, 'label', { least: 1 }, `${field}.value.`)
  optionalText(value, 'url', { least: 1 }, `${field}.value.`)
  oneOf(value, 'style', lozenges, `${field}.value.`)
  readIcon(value['icon'], `${field}.value.icon`)
  nothingElse(value, ['label', 'url', 'style', 'icon'], `${field}.value`)
  nothingElse(attribute, ['label', 'value'], field)
}

function readActivity(given: unknown): void {
  if (given === undefined || given === null) return
  const activity = object(given, 'card.activity')
  text(activity, 'html', { least: 1 }, 'card.activity.')
  readIcon(activity['icon'], 'card.activity.icon')
  nothingElse(activity, ['html', 'icon'], 'card.activity')
}

interface Bounds {
  readonly least?: number
  readonly most?: number
}

function object(given: unknown, field: string): Card {
  if (!isRecord(given)) wrongType(field, given, 'object')
  return given as Card
}

function text(from: Card, name: string, bounds: Bounds, prefix = ''): string {
  const field = prefix + name
  if (from[name] === undefined) missing(field)
  return string(from[name], field, bounds)
}

function optionalText(from: Card, name: string, bounds: Bounds, prefix = ''): string | undefined {
  const value = from[name]
  return value === undefined || value === null ? undefined : string(value, prefix + name, bounds)
}

function string(value: unknown, field: string, bounds: Bounds): string {
  if (typeof value !== 'string') wrongType(field, value, 'string')
  const checked = value as string
  length(field, checked, bounds)
  return checked
}

function length(field: string, value: string, { least = 0, most = Number.POSITIVE_INFINITY }: Bounds): void {
  const size = Array.from(value).length
  const must = 'Length of value %v for field %f must be'
  if (size < least) refuse(field, value, 'minLength', `${must} greater than or equal to ${least}`)
  if (size > most) refuse(field, value, 'maxLength', `${must} less than or equal to ${most}`)
}

function oneOf(from: Card, name: string, values: readonly string[], prefix = '', required = false): string | undefined {
  const value = from[name]
  const field = prefix + name
  if (value === undefined || value === null) return required ? missing(field) : undefined
  if (values.some((one) => one === value)) return String(value)
  return refuse(field, value, 'enum', `Value %v for field %f is not in the enumeration: ${repr(values)}`)
}

function nothingElse(from: Card, names: readonly string[], field: string): void {
  const strange = Object.keys(from).find((name) => !names.includes(name))
  if (strange === undefined) return
  refuse(
    `${field}.${strange}`,
    from[strange],
    'additionalProperties',
    `Field %f contains additional properties not defined`,
  )
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
